"""Numbers to figures, one file per kind."""
