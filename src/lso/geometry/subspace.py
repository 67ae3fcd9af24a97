"""Lines and subspaces of the latent space spanned by singular vectors of the decoder Jacobian."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

Weighting = Literal["importance", "uniform", "largest"]

# keeps directions that the decoder ignores drawable
SMALLEST_WEIGHT = 1e-6


@dataclass(frozen=True)
class Line:
    """A slider: z(t) = c + v (2t − 1) L, t in [0, 1].

    Source: chiu2020; L is the half-length, although the authors' code calls it a length.

    Args:
        centre: c.
        direction: v, of unit length (zero for a line that is a point).
        half_length: L.
        handle: position at which the slider starts.
    """

    centre: Float[Tensor, "d"]
    direction: Float[Tensor, "d"]
    half_length: float
    handle: float = 0.5

    @classmethod
    def between(
        cls, start: Float[Tensor, "d"], end: Float[Tensor, "d"], handle: float = 0.0
    ) -> "Line":
        """The line from `start`, t = 0, to `end`, t = 1."""
        length = torch.linalg.vector_norm(end - start)
        direction = (end - start) / length if length > 0 else torch.zeros_like(start)
        return cls((start + end) / 2, direction, float(length) / 2, handle)

    def distances(self, t: Float[np.ndarray, "s"]) -> Float[Tensor, "s"]:
        """Signed distances of positions from the centre."""
        return torch.as_tensor((2 * t - 1) * self.half_length, dtype=self.centre.dtype)

    def points(self, t: Float[np.ndarray, "s"]) -> Float[Tensor, "s d"]:
        """Latent points of positions."""
        return self.centre + self.distances(t)[:, None] * self.direction

    def position(self, z: Float[Tensor, "d"]) -> float:
        """Position of a point that lies on the line; 0.5 if the line is a point."""
        if self.half_length == 0:
            return 0.5
        return float((z - self.centre) @ self.direction / self.half_length + 1) / 2


def mean_distance(points: Float[Tensor, "n d"]) -> float:
    """Mean distance of consecutive pairs (0, 1), (2, 3), ... of random points."""
    return float(torch.linalg.vector_norm(points[1::2] - points[0::2], dim=1).mean())


def draw_direction(
    singular_values: Float[Tensor, "r"],
    unused: Bool[Tensor, "r"],
    generator: torch.Generator,
    weighting: Weighting = "importance",
) -> int:
    """Draw one unused singular vector: p_i = (σ_i + 1e-6) / Σ_unused (σ_j + 1e-6).

    Source: chiu2020; proportional to σ, not σ². `uniform` and `largest` are our ablations.

    Raises:
        ValueError: no direction is unused.
    """
    if not unused.any():
        raise ValueError("all directions are used; make them unused again first")
    if weighting == "largest":
        return int(torch.where(unused, singular_values, -1.0).argmax())
    values = singular_values if weighting == "importance" else torch.ones_like(singular_values)
    weights = torch.where(unused, values + SMALLEST_WEIGHT, 0.0)
    return int(torch.multinomial(weights, 1, generator=generator))


def draw_subspace(
    singular_values: Float[Tensor, "r"], dimensions: int, generator: torch.Generator
) -> Int[Tensor, "k"]:
    """Draw k singular vectors in one go without replacement, p ∝ σ + 1e-6.

    Source: chiu2020, hybrid; without the small constant the authors' code fails when fewer
    than k singular values are positive.
    """
    weights = singular_values + SMALLEST_WEIGHT
    return torch.multinomial(weights, dimensions, replacement=False, generator=generator)


def complement_direction(
    directions: Float[Tensor, "r d"], generator: torch.Generator
) -> Float[Tensor, "d"] | None:
    """A random unit vector orthogonal to all of `directions`; None if they span the space."""
    r, d = directions.shape
    if r >= d:
        return None
    noise = torch.randn(d, generator=generator, dtype=directions.dtype)
    for _ in range(2):  # twice: one projection leaves rounding errors of the size of its own
        noise = noise - directions.T @ (directions @ noise)
    return noise / torch.linalg.vector_norm(noise)
