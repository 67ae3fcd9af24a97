"""Objects to integer arrays and back, one file per kind."""
