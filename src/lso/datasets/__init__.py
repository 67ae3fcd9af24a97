"""Sources of objects, one file per kind."""
