"""How well an arithmetic expression fits a target function."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from lso.arithmetic import evaluate
from lso.interfaces import Object


@dataclass(frozen=True)
class ExpressionError:
    """Negative logarithm of the mean squared error against 1/3 + x + sin(x x).

        y = -min(largest_score, ln(1 + min(largest_mse, mean_k (f(x_k) - f*(x_k))^2)))

    with 1,000 equally spaced x_k in [-10, 10]. An error that overflows or is undefined counts as
    infinite, hence at least one bound.

    Source: kusner2017, Sec. 5.2; tripp2020 bounds the score by 7, ronen2024 the error by 1,000
    (their released code; there an undefined error is invalid, here it meets the bound).

    Args:
        largest_score: bound of -y.
        largest_mse: bound of the mean squared error.
    """

    largest_score: float | None = 7.0
    largest_mse: float | None = None

    def __post_init__(self):
        bounds = {"largest_score": self.largest_score, "largest_mse": self.largest_mse}
        if all(bound is None for bound in bounds.values()):
            raise ValueError(f"expected at least one bound of {', '.join(bounds)}, got none")
        for name, bound in bounds.items():
            if bound is not None and not 0 < bound < np.inf:
                raise ValueError(f"{name} must be positive and finite, got {bound}")

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score expressions: at most 0; NaN where the grammar is violated."""
        x = np.linspace(-10, 10, 1000)
        target = 1 / 3 + x + np.sin(x * x)
        scores = {item: self._score(item, x, target) for item in set(objects)}
        return np.array([scores[item] for item in objects], dtype=np.float64)

    def _score(
        self, item: Object, x: Float[np.ndarray, "n"], target: Float[np.ndarray, "n"]
    ) -> float:
        values = evaluate(item, x) if isinstance(item, str) else None
        if values is None:
            return np.nan
        with np.errstate(all="ignore"):
            error = np.mean((values - target) ** 2)
        error = np.inf if np.isnan(error) else error
        bounded = error if self.largest_mse is None else min(self.largest_mse, error)
        score = np.log(1 + bounded)
        return -float(score if self.largest_score is None else min(self.largest_score, score))
