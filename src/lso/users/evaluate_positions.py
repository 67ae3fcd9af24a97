"""Nobody looks: a few positions of every line are queries, each of which counts."""

from dataclasses import dataclass

import torch

from lso.users._slider import Looks, Slider, grid


@dataclass(frozen=True)
class EvaluatePositions:
    """Ask equidistant positions besides the handle; the line method goes on from the best.

    An oracle that looks at a whole line calls the objective once per position, which counts on
    a black box: with this user a line method has the budget of any other.

    Args:
        positions: asked per line; even, so that they lie on both sides of a central handle.
    """

    positions: int = 4

    def __post_init__(self) -> None:
        if self.positions < 2 or self.positions % 2:
            raise ValueError(f"positions must be even and >= 2, came {self.positions}")

    @property
    def queries(self) -> int:
        """Of one line."""
        return self.positions

    def choose(self, slider: Slider, generator: torch.Generator) -> Looks:
        """Ask for values; looks at nothing itself."""
        t, handle = grid(self.positions + 1, slider.handle)
        return Looks(t[[i for i in range(len(t)) if i != handle]])
