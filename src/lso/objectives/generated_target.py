"""Closeness to an object that the model itself can make."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float

from lso.interfaces import Object
from lso.objectives.target_distance import TargetDistance
from lso.prior import draw_prior

ATTEMPTS = 100


@dataclass(frozen=True)
class GeneratedTarget:
    """y = −‖x − G(z*)‖₂ with z* drawn from the prior: some latent point scores 0.

    Source: chiu2020, image experiment.

    Args:
        seed: of the case, from which z* is drawn.
        model: G.
        values: how bytes hold values, see `target_distance`.
    """

    seed: int
    model: Any
    values: Literal["bits", "uint8", "float64"] = "bits"
    distance: TargetDistance = field(init=False)

    def __post_init__(self) -> None:
        generator = torch.Generator().manual_seed(self.seed)
        for _ in range(ATTEMPTS):
            [target] = self.model.decode(draw_prior(self.model, 1, generator), generator)
            if target is not None:
                break
        else:
            raise ValueError(f"none of {ATTEMPTS} prior draws decodes to an object")
        object.__setattr__(self, "distance", TargetDistance(target, self.values))

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score; NaN where an object has not the target's size."""
        return self.distance(objects)
