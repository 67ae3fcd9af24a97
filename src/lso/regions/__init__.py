"""Where a surrogate's maximiser may look, one file per kind: an affine map and a box in it."""
