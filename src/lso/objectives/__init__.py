"""Black boxes that score objects, one file per kind."""
