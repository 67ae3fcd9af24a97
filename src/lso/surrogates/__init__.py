"""Regression models of the objective over the latent space."""
