"""What if: the list and comparing (`listing`), moving figures (`moving`), acts on a saved one (`acts`)."""
