"""A cube around the origin, whatever the data; or everything."""

from dataclasses import dataclass

import torch

from lso.regions._region import Chart, Evidence, symmetric


@dataclass(frozen=True)
class Cube:
    """|z_i| ≤ half-width.

    Source: ronen2024: its gradient ascent is unbounded, its other optimisers keep within 3. (Its
    released code takes −3 and 3 for bounds of coordinates in [0, 1], so that z reached 15.)

    Args:
        half_width: in latent units; None for no bounds.
    """

    half_width: float | None = 3.0

    def __post_init__(self) -> None:
        if self.half_width is not None and not self.half_width > 0:
            raise ValueError(f"half_width must be positive or null, came {self.half_width}")

    def chart(self, evidence: Evidence, generator: torch.Generator) -> Chart:
        """Latent coordinates as they are."""
        z = evidence.z[0]
        half_width = float("inf") if self.half_width is None else self.half_width
        return Chart(
            origin=torch.zeros_like(z),
            directions=torch.eye(len(z)).to(z),
            scale=torch.ones(()).to(z),
            bounds=symmetric(half_width, z),
        )
