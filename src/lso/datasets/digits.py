"""The handwritten digits of MNIST, as grey images."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from lso.datasets._arrays import read_arrays
from lso.datasets._text import check_limit, draw_subset

PIXELS = 784  # 28 x 28


@dataclass(frozen=True)
class Digits:
    """All images of one file of pickled arrays: (images, labels) of each of its parts.

    An object is the 784 grey levels of an image, row by row, 0 to 255 (ink is bright), one byte
    each; the file holds them as level / 256.

    Source: lecun1998.

    Args:
        limit: size of a random subset in file order; all images if `None`.
        seed: seed of the subset.
    """

    limit: int | None = None
    seed: int = 0

    def __post_init__(self):
        check_limit(self.limit)

    def objects(self, files: dict[str, bytes]) -> list[bytes]:
        """Read the images; labels are not used.

        Raises:
            ValueError: where there is not one file, it holds anything but arrays of numbers, or
                its images are not of this kind.
        """
        if len(files) != 1:
            raise ValueError(f"expected one file, got {sorted(files) or 'none'}")
        [(name, content)] = files.items()
        parts = read_arrays(name, content)
        if not isinstance(parts, tuple | list) or not parts or not all(map(_is_part, parts)):
            raise ValueError(f"{name}: expected pairs of images (n, {PIXELS}) and labels (n,)")
        levels = [_levels(name, images) for images, _ in parts]
        images = (image.tobytes() for part in levels for image in part)
        return draw_subset(images, self.limit, self.seed)


def _is_part(part: Any) -> bool:
    if not isinstance(part, tuple | list) or len(part) != 2:
        return False
    images, labels = part
    are_arrays = isinstance(images, np.ndarray) and isinstance(labels, np.ndarray)
    return are_arrays and images.shape == (len(labels), PIXELS)


def _levels(name: str, images: Float[np.ndarray, "n p"]) -> np.ndarray:
    levels = images * 256
    whole = np.rint(levels)
    if not (np.array_equal(levels, whole) and levels.min() >= 0 and levels.max() <= 255):
        raise ValueError(f"{name}: expected grey levels 0 to 255, each divided by 256")
    return whole.astype(np.uint8)
