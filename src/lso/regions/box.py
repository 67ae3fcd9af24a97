"""The box that holds nearly all of the data."""

from dataclasses import dataclass

import torch

from lso.regions._region import Chart, Evidence, symmetric


@dataclass(frozen=True)
class Box:
    """|u_i| ≤ margin · quantile of all |u_ij| of the data, in standardised coordinates u.

    Source: the authors' released code of tripp2020.

    Args:
        quantile: of the absolute coordinates, in [0, 1].
        margin: > 0.
    """

    quantile: float = 0.999
    margin: float = 1.1

    def __post_init__(self) -> None:
        if not 0 <= self.quantile <= 1:
            raise ValueError(f"quantile must be between 0 and 1, got {self.quantile}")
        if not self.margin > 0:
            raise ValueError(f"margin must be positive, got {self.margin}")

    def chart(self, evidence: Evidence, generator: torch.Generator) -> Chart:
        """Standardised coordinates."""
        z = evidence.z[0]
        return Chart(
            origin=evidence.shift.expand_as(z),
            directions=torch.eye(len(z)).to(z),
            scale=evidence.scale,
            bounds=symmetric(self.half_width(evidence), z),
        )

    def half_width(self, evidence: Evidence) -> float:
        """In standardised units."""
        return self.margin * evidence.spread(self.quantile)
