"""Exhaustive search on a grid of a low-dimensional latent space."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State


@dataclass(frozen=True)
class LatentGrid:
    """Decode a grid, score it, offer the best points whose objects differ.

    The objective is computed on the whole grid: this stands for a perfect surrogate, so that
    what remains to compare is the model. Repeats of earlier rounds are allowed.

    Source: tripp2020, 2D shapes experiment.

    Args:
        batch_size: points asked together; fewer if the grid has fewer distinct objects.
        side: grid points per latent dimension.
        extent: the grid covers [-extent, extent] in each dimension.
    """

    batch_size: int
    side: int = 50
    extent: float = 3.0

    def __post_init__(self) -> None:
        for name in ("batch_size", "side", "extent"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0, came {getattr(self, name)}")

    @property
    def queries_per_round(self) -> int:
        """One batch."""
        return self.batch_size

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Return the state as it is: the grid has no memory."""
        return state

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"]:
        """Return the best distinct points of the grid, best first."""
        z = self.grid(state.model.latent_dim)
        x = state.model.decode(z, generator)
        first = {item: i for i, item in reversed(list(enumerate(x))) if item is not None}
        if not first:
            return z[: self.batch_size]
        chosen = np.array(sorted(first.values()))
        y = state.task.score([x[i] for i in chosen])
        return z[chosen[np.argsort(-y, kind="stable")[: self.batch_size]]]

    def grid(self, latent_dim: int) -> Float[Tensor, "n d"]:
        """Return the grid, the first latent dimension varying slowest."""
        axis = torch.linspace(-self.extent, self.extent, self.side, dtype=torch.float64)
        return torch.cartesian_prod(*[axis] * latent_dim).reshape(-1, latent_dim)
