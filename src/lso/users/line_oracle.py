"""A user without error who sees the whole line."""

from dataclasses import dataclass

import torch

from lso.users._slider import Choice, Slider, grid


@dataclass(frozen=True)
class LineOracle:
    """Take the best of S equidistant positions; ties go to the first, all invalid to the handle.

    Source: chiu2020, oracle of the synthetic experiments.

    Args:
        positions: S; odd, so that the centre is among them and no slider makes things worse.
    """

    positions: int = 10001

    def __post_init__(self) -> None:
        if self.positions < 3 or self.positions % 2 == 0:
            raise ValueError(f"positions must be odd and >= 3, came {self.positions}")

    def choose(self, slider: Slider, generator: torch.Generator) -> Choice:
        """Choose the maximum."""
        t, centre = grid(self.positions, slider.handle)
        u = slider.look(t)
        best = int(u.argmax())
        return Choice(float(t[best if u[best] > u[centre] else centre]), self.positions)
