"""The rippled bowl over decoder outputs of the synthetic subspace-search experiments."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import Object


def draw_scales(seed: int, length: int, largest: float = 10.0) -> Float[np.ndarray, "m"]:
    """Scale α_i ~ U(0.01, largest) of each output of a case.

    The first draw of NumPy's legacy generator, as in the authors' released code, so that its
    published cases can be generated again from their seeds.
    """
    return np.random.RandomState(seed).uniform(0.01, largest, length)


@dataclass(frozen=True)
class RastriginGoodness:
    """g(x) = −Σ_i a_i − Σ_i [x_i² − a_i cos(2π x_i)], a_i = γ α_i²; largest, 0, at x = 0.

    Source: chiu2020, global (γ = 2) and local (γ = 0) synthetic experiments, as in the authors'
    released code.

    Args:
        seed: of the case: gives α_i, which the decoder of the same seed shares.
        length: m, outputs.
        ripple: γ.
        largest_scale: upper end of the range of α_i.
    """

    seed: int
    length: int = 1024
    ripple: float = 2.0
    largest_scale: float = 10.0

    def __post_init__(self) -> None:
        if self.length < 1:
            raise ValueError(f"length must be >= 1, came {self.length}")
        if self.ripple < 0:
            raise ValueError(f"ripple must be >= 0, came {self.ripple}")
        if self.largest_scale < 0.01:
            raise ValueError(f"largest_scale must be >= 0.01, came {self.largest_scale}")

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score vectors given as bytes; NaN where an object is not `length` finite numbers, or
        the score overflows."""
        y = np.full(len(objects), np.nan)
        good = [i for i, x in enumerate(objects) if self._is_vector(x)]
        if good:
            values = np.frombuffer(b"".join(objects[i] for i in good), dtype="<f8")
            outputs = torch.from_numpy(values.reshape(-1, self.length).copy())
            y[good] = self.of_outputs(outputs)
        return np.where(np.isfinite(y), y, np.nan)

    def of_outputs(self, outputs: Float[Tensor, "s m"]) -> Float[np.ndarray, "s"]:
        """Score outputs that were never made into objects."""
        square = outputs.square().sum(1)
        if self.ripple == 0:
            return -square.numpy()
        scales = torch.from_numpy(draw_scales(self.seed, self.length, self.largest_scale))
        a = self.ripple * scales**2  # (m,)
        # one pass of cosines is most of the time of a line; 1 − cos would cancel less, at a cost
        return (torch.cos(outputs * (2 * torch.pi)) @ a - a.sum() - square).numpy()

    def _is_vector(self, item: Object) -> bool:
        return isinstance(item, bytes) and len(item) == 8 * self.length
