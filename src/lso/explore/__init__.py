"""A web page on which a person moves the slider of a search; it has no search logic of its own."""
