"""How a batch of candidates is improved, one file per kind: from start points to better ones."""
