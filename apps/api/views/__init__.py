"""Resources, one module for each area, and the pages about keys and about the API itself."""
