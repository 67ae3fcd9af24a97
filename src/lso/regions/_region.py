"""What a region knows and what it is: an affine subspace of the latent space with bounds."""

from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from botorch.acquisition import AcquisitionFunction
from jaxtyping import Float
from torch import Tensor


@dataclass(frozen=True)
class Evidence:
    """What a search knows.

    Args:
        model: the generative model as it is now.
        z: latent points of the surrogate's data.
        y: their scores.
        first_best: the best of them before the first of `told`.
        told: scores of the queries since the surrogate was first fitted, NaN where invalid.
        batch_size: queries of one round.
        shift: points are standardised as (z − shift) / scale.
        scale: see `shift`.
        lengthscales: of the surrogate for each latent dimension, if it has any.
    """

    model: Any
    z: Float[Tensor, "n d"]
    y: Float[Tensor, "n"]
    first_best: float
    told: Float[Tensor, "t"]
    batch_size: int
    shift: Float[Tensor, ""]
    scale: Float[Tensor, ""]
    lengthscales: Float[Tensor, "d"] | None = None

    @property
    def incumbent(self) -> Float[Tensor, "d"]:
        """The best point."""
        return self.z[self.y.argmax()]

    def spread(self, quantile: float) -> float:
        """A quantile of the absolute standardised coordinates of the data."""
        points = (self.z - self.shift) / self.scale
        return float(np.quantile(points.abs().cpu().numpy(), quantile))


@dataclass(frozen=True)
class Chart:
    """z(u) = origin + scale · uV, u within bounds.

    Args:
        origin: where u = 0 is.
        directions: V, orthonormal rows; the identity for the whole space.
        scale: length of a unit of u.
        bounds: least and largest u, possibly infinite.
    """

    origin: Float[Tensor, "d"]
    directions: Float[Tensor, "k d"]
    scale: Float[Tensor, ""]
    bounds: Float[Tensor, "2 k"]

    def points(self, u: Float[Tensor, "*b k"]) -> Float[Tensor, "*b d"]:
        """Latent points of coordinates."""
        return u @ self.directions * self.scale + self.origin

    def coordinates(self, z: Float[Tensor, "*b d"]) -> Float[Tensor, "*b k"]:
        """Coordinates of the closest points of the subspace; they may be out of bounds."""
        return (z - self.origin) / self.scale @ self.directions.T

    def clamp(self, u: Float[Tensor, "*b k"]) -> Float[Tensor, "*b k"]:
        """The closest coordinates within bounds."""
        return u.clamp(self.bounds[0], self.bounds[1])


class Charted(AcquisitionFunction):
    """An acquisition function of latent points as one of coordinates."""

    def __init__(self, acquisition: AcquisitionFunction, chart: Chart) -> None:
        super().__init__(model=acquisition.model)
        self.acquisition = acquisition
        self.chart = chart

    def forward(self, X: Float[Tensor, "*b q k"]) -> Float[Tensor, "*b"]:
        """Evaluate candidates; the name of the argument is BoTorch's."""
        return self.acquisition(self.chart.points(X))


@runtime_checkable
class Region(Protocol):
    """A frozen dataclass whose fields are its settings."""

    def chart(self, evidence: Evidence, generator: torch.Generator) -> Chart:
        """Where to look next."""
        ...


def symmetric(half_width: float, like: Float[Tensor, "k"]) -> Float[Tensor, "2 k"]:
    """Bounds ± half_width in as many dimensions as `like` has."""
    bound = torch.full_like(like, half_width)
    return torch.stack([-bound, bound])
