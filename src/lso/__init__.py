"""Latent space optimisation: weighted retraining, latent exploration score, subspace search."""
