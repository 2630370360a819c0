"""Pages of targets: the list, setting one, its history, deciding on what is proposed, splitting, many at once."""
