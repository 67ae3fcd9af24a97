"""A user without error who only climbs the hill the handle stands on."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float

from lso.users._slider import Choice, Slider, grid

# utilities closer than this are equal: rounding must not look like a descent
TOLERANCE = 1e-9


@dataclass(frozen=True)
class HillClimber:
    """Local line search among S equidistant positions.

    Corrected: walk uphill from the handle to the first local maximum on each side, take the
    better. Faithful: bisect within the interval around the handle where nothing is worse than
    the handle; this may return the far end of the interval, which is about as good as the
    handle.

    Source: chiu2020, local variant of the global experiments; `faithful` as in the authors'
    released code.

    Args:
        positions: S, odd.
        faithful: search as the authors' released code does.
    """

    positions: int = 10001
    faithful: bool = False

    def __post_init__(self) -> None:
        if self.positions < 3 or self.positions % 2 == 0:
            raise ValueError(f"positions must be odd and >= 3, came {self.positions}")

    def choose(self, slider: Slider, generator: torch.Generator) -> Choice:
        """Choose a position not worse than the handle's."""
        t, centre = grid(self.positions, slider.handle)
        u = slider.look(t)
        if np.isneginf(u).all():
            return Choice(slider.handle, self.positions)
        search = bisect_interval if self.faithful else climb
        return Choice(float(t[search(u, centre)]), self.positions)


def climb(utilities: Float[np.ndarray, "s"], centre: int) -> int:
    """First local maximum to the left or to the right, the better of the two."""
    ends = []
    for side in (utilities[centre:], utilities[centre::-1]):
        falls = np.flatnonzero(side[1:] < side[:-1] - TOLERANCE * (1 + np.abs(side[:-1])))
        ends.append(int(side[: falls[0] + 1 if len(falls) else None].argmax()))
    right, left = centre + ends[0], centre - ends[1]
    best = right if utilities[right] >= utilities[left] else left
    return best if utilities[best] > utilities[centre] else centre


def bisect_interval(utilities: Float[np.ndarray, "s"], centre: int) -> int:
    """Bisect the connected interval around the centre that is not worse than the centre.

    The left end is the last worse sample on the left + 2 (one sample is skipped), the right end
    the first worse one on the right − 1; of each interval the higher end stays.
    """
    worse = np.flatnonzero(utilities < utilities[centre])
    left, right = worse[worse < centre], worse[worse > centre]
    low = int(left[-1]) + 2 if len(left) else 0
    high = int(right[0]) - 1 if len(right) else len(utilities) - 1
    low = min(low, centre)
    while True:
        best = high if utilities[high] > utilities[low] else low
        middle = (low + high) // 2
        if middle in (low, high) or utilities[middle] <= utilities[best]:
            return best
        low, high = min(best, middle), max(best, middle)
