"""Pages of goals, one module for each subject."""
