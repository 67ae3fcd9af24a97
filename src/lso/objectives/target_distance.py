"""Closeness to a target object, what a person has in mind while moving a slider."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float

from lso.interfaces import Object

TYPES = {"uint8": np.dtype("u1"), "float64": np.dtype("<f8")}


@dataclass(frozen=True)
class TargetDistance:
    """y = −‖x − x*‖₂ over the values of objects that are bytes; 0 at the target.

    Distances are in float64 throughout: the authors' released code subtracts 8-bit images, whose
    differences wrap around.

    Source: chiu2020, image experiment.

    Args:
        target: x*, bytes, or their hexadecimal digits in a config.
        values: how bytes hold values: `bits`, one per bit; `uint8`, one per byte; `float64`.
    """

    target: bytes | str
    values: Literal["bits", "uint8", "float64"] = "bits"

    def __post_init__(self) -> None:
        if isinstance(self.target, str):
            object.__setattr__(self, "target", bytes.fromhex(self.target))
        if not self.target:
            raise ValueError("the target must not be empty")
        if self.values == "float64" and len(self.target) % 8:
            raise ValueError(f"a target of float64 needs 8 bytes each, came {len(self.target)}")

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score; NaN where an object has not the target's size, or its values are not finite."""
        y = np.full(len(objects), np.nan)
        target = self._vector(self.target)
        with np.errstate(all="ignore"):  # bytes may be any numbers
            for i, item in enumerate(objects):
                if isinstance(item, bytes) and len(item) == len(self.target):
                    y[i] = -np.linalg.norm(self._vector(item) - target)
        return np.where(np.isfinite(y), y, np.nan)

    def _vector(self, item: bytes) -> Float[np.ndarray, "m"]:
        if self.values == "bits":
            return np.unpackbits(np.frombuffer(item, dtype=np.uint8)).astype(float)
        return np.frombuffer(item, dtype=TYPES[self.values]).astype(float)
