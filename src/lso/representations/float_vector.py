"""Real vectors, the outputs of untrained decoders, as bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lso.interfaces import Object


@dataclass(frozen=True)
class FloatVector:
    """An object is the bytes of a vector of `length` little-endian float64 values.

    Args:
        length: m, values of a vector.
    """

    length: int

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length must be >= 1, came {self.length}")

    def fit(self, objects: Sequence[Object]) -> "FloatVector":
        """Return itself: nothing is learnt."""
        return self

    def can_represent(self, item: Object) -> bool:
        """Tell whether an object has the right number of bytes."""
        return isinstance(item, bytes) and len(item) == 8 * self.length

    def arrays(self, objects: Sequence[Object]) -> Float[np.ndarray, "n m"]:
        """Read the vectors; raises ValueError naming the first object of another length."""
        for item in objects:
            if not self.can_represent(item):
                raise ValueError(f"expected {8 * self.length} bytes, came {item[:24]!r}...")
        values = np.frombuffer(b"".join(objects), dtype="<f8")
        return values.reshape(len(objects), self.length)

    def objects(self, arrays: Float[np.ndarray, "n m"]) -> list[Object | None]:
        """Write vectors; `None` where one holds NaN or infinity."""
        rows = np.ascontiguousarray(arrays, dtype="<f8")
        finite = np.isfinite(rows).all(axis=1)
        return [row.tobytes() if ok else None for row, ok in zip(rows, finite, strict=True)]
