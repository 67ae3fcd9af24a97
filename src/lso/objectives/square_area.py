"""Area of a binary image."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lso.interfaces import Object


@dataclass(frozen=True)
class SquareArea:
    """Number of pixels that are 1.

    Source: tripp2020, Sec. 4.
    """

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score images: pixels, in [0, height * width]; NaN for what is no image."""
        return np.array([_area(item) for item in objects], dtype=np.float64)


def _area(item: Object) -> float:
    if not isinstance(item, bytes):
        return np.nan
    return float(np.bitwise_count(np.frombuffer(item, dtype=np.uint8)).sum(dtype=np.int64))
