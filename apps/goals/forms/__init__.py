"""What people type about goals, one module for each subject."""
