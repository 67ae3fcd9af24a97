"""Random search in the prior of the model."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.prior import draw_prior


@dataclass(frozen=True)
class PriorSampling:
    """Offer draws from the model's prior, N(0, I) unless it has its own; learns nothing.

    Args:
        batch_size: points asked together.
    """

    batch_size: int = 1

    def __post_init__(self) -> None:
        if self.batch_size < 1:
            raise ValueError(f"batch_size must be >= 1, came {self.batch_size}")

    @property
    def queries_per_round(self) -> int:
        """One batch."""
        return self.batch_size

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Return the state as it is."""
        return state

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"]:
        """Draw from the prior."""
        return draw_prior(state.model, self.batch_size, generator)
