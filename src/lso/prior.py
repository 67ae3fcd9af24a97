"""Draws from the prior of a model."""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


def draw_prior(model: Any, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
    """Draw from the model's own prior if it has one, else from N(0, I)."""
    if hasattr(model, "sample_prior"):
        return model.sample_prior(n, generator)
    return torch.randn(n, model.latent_dim, generator=generator, dtype=torch.float64)
