"""Square binary images."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import UInt8


@dataclass(frozen=True)
class BinaryImage:
    """Images of side x side pixels in {0, 1}; the object is its pixels packed row by row.

    Args:
        side: height and width in pixels.
    """

    side: int = 64

    def __post_init__(self):
        if self.side < 1:
            raise ValueError(f"side must be at least 1 pixel, got {self.side}")

    def fit(self, objects: Sequence[bytes]) -> "BinaryImage":
        """Nothing is learnt from data."""
        return self

    def can_represent(self, item: bytes) -> bool:
        """Tell whether an object has the right number of bytes."""
        return isinstance(item, bytes) and len(item) == self._bytes

    def arrays(self, objects: Sequence[bytes]) -> UInt8[np.ndarray, "n h w"]:
        """Unpack images.

        Returns:
            (n, side, side) pixels in {0, 1}.

        Raises:
            ValueError: where an object has another size.
        """
        for position, item in enumerate(objects):
            if not self.can_represent(item):
                size = f"{len(item)} bytes" if isinstance(item, bytes) else repr(item)
                raise ValueError(f"object {position}: expected {self._bytes} bytes, got {size}")
        packed = np.frombuffer(b"".join(objects), dtype=np.uint8).reshape(-1, self._bytes)
        pixels = np.unpackbits(packed, axis=1, count=self.side**2)
        return pixels.reshape(-1, self.side, self.side)

    def objects(self, arrays: UInt8[np.ndarray, "n h w"]) -> list[bytes | None]:
        """Pack images, the inverse of `arrays`; every binary image is valid."""
        return [row.tobytes() for row in np.packbits(arrays.reshape(len(arrays), -1), axis=1)]

    @property
    def _bytes(self) -> int:
        return (self.side**2 + 7) // 8
