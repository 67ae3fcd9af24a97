"""Ways to ask for latent points and to digest scores, one file per kind."""
