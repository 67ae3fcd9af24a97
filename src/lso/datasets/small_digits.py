"""The handwritten digits that scikit-learn ships, enlarged: a small twin of MNIST."""

from dataclasses import dataclass

import numpy as np
from sklearn.datasets import load_digits

from lso.datasets._text import check_limit, draw_subset

SIDE = 8
DARKEST = 16


@dataclass(frozen=True)
class SmallDigits:
    """1,797 real digits of 8 x 8 pixels, each pixel repeated, in a black frame.

    Objects are as those of `digits`: grey levels 0 to 255, row by row, one byte each.

    Source: alpaydin1998, the test set as scikit-learn ships it.

    Args:
        enlarge: width and height of what was one pixel.
        margin: pixels of the frame; the side is 8 · enlarge + 2 · margin, by default 28.
        limit: size of a random subset in their order; all if `None`.
        seed: seed of the subset.
    """

    enlarge: int = 3
    margin: int = 2
    limit: int | None = None
    seed: int = 0

    def __post_init__(self):
        check_limit(self.limit)
        if self.enlarge < 1 or self.margin < 0:
            raise ValueError(
                f"expected enlarge >= 1 and margin >= 0, got {self.enlarge} and {self.margin}"
            )

    def objects(self, files: dict[str, bytes]) -> list[bytes]:
        """Read the images; no file is needed."""
        small = load_digits().images  # (n, 8, 8), in [0, 16]
        levels = np.rint(small * (255 / DARKEST)).astype(np.uint8)
        large = levels.repeat(self.enlarge, axis=1).repeat(self.enlarge, axis=2)
        frame = (self.margin, self.margin)
        images = np.pad(large, ((0, 0), frame, frame))
        return draw_subset((image.tobytes() for image in images), self.limit, self.seed)
