"""A Django that does nothing but one query and one page: the floor our home page is measured against."""
