"""Binary images of one filled square each."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Squares:
    """All squares up to a largest size whose left edge is one column, at every height.

    Source: tripp2020, Sec. 4 and the authors' released code.

    Args:
        side: height and width of the images in pixels.
        largest: side of the largest square in pixels; the smallest has one pixel.
        column: left column of all squares.
        repeats: copies of each image.
        seed: seed of the final shuffle.
    """

    side: int = 64
    largest: int = 20
    column: int = 32
    repeats: int = 10
    seed: int = 0

    def __post_init__(self):
        if not 0 <= self.column < self.side:
            raise ValueError(f"column must be in [0, {self.side}), got {self.column}")
        if not 1 <= self.largest <= self.side - self.column:
            raise ValueError(
                f"largest must be in [1, {self.side - self.column}] to fit right of column "
                f"{self.column}, got {self.largest}"
            )
        if self.repeats < 1:
            raise ValueError(f"repeats must be at least 1, got {self.repeats}")

    def objects(self, files: dict[str, bytes]) -> list[bytes]:
        """Draw the images; no file is needed."""
        images = []
        for size in range(1, self.largest + 1):
            for row in range(self.side - size + 1):
                image = np.zeros((self.side, self.side), dtype=np.uint8)
                image[row : row + size, self.column : self.column + size] = 1
                images += [np.packbits(image).tobytes()] * self.repeats
        # The generator of the authors' code, so that the validation split is the same.
        np.random.RandomState(self.seed).shuffle(images)
        return images
