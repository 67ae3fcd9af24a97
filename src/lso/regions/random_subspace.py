"""A random subspace through the best point."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor

from lso.regions._region import Chart, Evidence, symmetric
from lso.regions.box import Box


@dataclass(frozen=True, kw_only=True)
class RandomSubspace(Box):
    """The span of k uniformly random orthonormal directions through the best point.

    It is drawn afresh at every ask. Coordinates are bounded as those of a box are.

    Source: kirschner2019 for k = 1.

    Args:
        dimensions: k; all of them if the latent space has fewer.
        quantile: see `Box`.
        margin: see `Box`.
    """

    dimensions: int

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.dimensions < 1:
            raise ValueError(f"dimensions must be >= 1, came {self.dimensions}")

    def chart(self, evidence: Evidence, generator: torch.Generator) -> Chart:
        """Standardised coordinates along the directions."""
        directions = self.directions(evidence, generator).to(evidence.z)
        return Chart(
            origin=evidence.incumbent,
            directions=directions,
            scale=evidence.scale,
            bounds=symmetric(self.half_width(evidence), directions[:, 0]),
        )

    def directions(self, evidence: Evidence, generator: torch.Generator) -> Float[Tensor, "k d"]:
        """Orthonormal rows."""
        d = evidence.z.shape[1]
        noise = torch.randn(d, min(self.dimensions, d), generator=generator, dtype=torch.float64)
        return torch.linalg.qr(noise).Q.T
