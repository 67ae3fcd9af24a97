"""Generative models, one file per kind."""
