"""How much ink an image shows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lso.interfaces import Object


@dataclass(frozen=True)
class Ink:
    """Mean grey level of an image of one byte per pixel, as a share of the brightest.

    Ours: gives every digit a score, so that digits can be a task of their own.
    """

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score images: in [0, 1]; NaN for what is no image."""
        return np.array([_mean(item) for item in objects], dtype=np.float64)


def _mean(item: Object) -> float:
    if not isinstance(item, bytes) or not item:
        return np.nan
    return float(np.frombuffer(item, dtype=np.uint8).mean() / 255)
