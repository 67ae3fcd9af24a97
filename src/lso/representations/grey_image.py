"""Square grey images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8

from lso.interfaces import Object


@dataclass(frozen=True)
class GreyImage:
    """Images of side x side pixels; the object is their levels 0 to 255 row by row, in bytes.

    Args:
        side: height and width in pixels.
    """

    side: int = 28

    def __post_init__(self):
        if self.side < 1:
            raise ValueError(f"side must be at least 1 pixel, got {self.side}")

    def fit(self, objects: Sequence[bytes]) -> "GreyImage":
        """Nothing is learnt from data."""
        return self

    def can_represent(self, item: Object) -> bool:
        """Tell whether an object has the right number of bytes."""
        return isinstance(item, bytes) and len(item) == self.side**2

    def arrays(self, objects: Sequence[bytes]) -> UInt8[np.ndarray, "n h w"]:
        """Read images; raises ValueError naming the first object of another size."""
        for position, item in enumerate(objects):
            if not self.can_represent(item):
                size = f"{len(item)} bytes" if isinstance(item, bytes) else repr(item)
                raise ValueError(f"object {position}: expected {self.side**2} bytes, got {size}")
        levels = np.frombuffer(bytearray().join(objects), dtype=np.uint8)  # writable
        return levels.reshape(-1, self.side, self.side)

    def objects(self, arrays: UInt8[np.ndarray, "n h w"]) -> list[bytes | None]:
        """Write images, the inverse of `arrays`; every grey image is valid."""
        return [image.tobytes() for image in np.ascontiguousarray(arrays)]
