"""Weights of training objects from their scores.

Each class maps scores y (larger is better) to non-negative weights, of which only the ratios
matter. Uniform weighting is the absence of a weighting.
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy.stats import norm


@dataclass(frozen=True)
class Rank:
    """Weight by rank: w(x) = 1 / (k N + rank(x)), rank 0 for the best of N objects.

    Ties get distinct ranks, in order of appearance. k = inf gives uniform weights.

    Source: tripp2020, Eq. 2.

    Args:
        k: > 0, and 1 / k finite; small values put all weight on the best.
    """

    k: float

    def __post_init__(self) -> None:
        if not (self.k > 0 and 1 / self.k < math.inf):  # the weight of a single best object
            raise ValueError(
                f"k must be > 0 with a finite 1 / k (inf for uniform weights), came {self.k}"
            )

    def __call__(self, y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Weigh scores; raises ValueError where one is not finite."""
        y = _finite(y)
        if math.isinf(self.k * len(y)):
            return np.ones(len(y))
        rank = np.empty(len(y))
        rank[np.argsort(-y, kind="stable")] = np.arange(len(y))
        return 1 / (self.k * len(y) + rank)


@dataclass(frozen=True)
class DesignByAdaptiveSampling:
    """DbAS: w(x) = P(Normal(y, noise^2) >= quantile_q(y)), no importance ratio.

    Source: tripp2020, baselines (after Brookes and Listgarten 2018).

    Args:
        quantile: in (0, 1), of the present training set.
        noise: finite and >= 0, standard deviation assumed of the scores, in their unit.
    """

    quantile: float
    noise: float

    def __post_init__(self) -> None:
        _check_quantile(self.quantile)
        if not 0 <= self.noise < math.inf:
            raise ValueError(f"noise must be finite and >= 0, came {self.noise}")

    def __call__(self, y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Weigh scores; raises ValueError where one is not finite."""
        if self.noise == 0:
            return CrossEntropyMethod(self.quantile)(y)
        y = _finite(y)
        return norm.sf(np.quantile(y, self.quantile), loc=y, scale=self.noise)


@dataclass(frozen=True)
class CrossEntropyMethod:
    """CEM-PI: w(x) = 1 if y >= quantile_q(y), else 0.

    Source: tripp2020, baselines.

    Args:
        quantile: in (0, 1), of the present training set.
    """

    quantile: float

    def __post_init__(self) -> None:
        _check_quantile(self.quantile)

    def __call__(self, y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Weigh scores; raises ValueError where one is not finite."""
        y = _finite(y)
        return (y >= np.quantile(y, self.quantile)).astype(float)


@dataclass(frozen=True)
class RewardWeightedRegression:
    """RWR: w(x) = exp(alpha (y - max y)) / sum.

    Source: tripp2020, baselines (after Peters and Schaal 2007).

    Args:
        alpha: finite and > 0, inverse temperature in the unit of 1 / y.
    """

    alpha: float

    def __post_init__(self) -> None:
        if not 0 < self.alpha < math.inf:
            raise ValueError(f"alpha must be finite and > 0, came {self.alpha}")

    def __call__(self, y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Weigh scores; raises ValueError where one is not finite."""
        y = _finite(y)
        weights = np.exp(self.alpha * (y - y.max()))
        return weights / weights.sum()


def _finite(y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    if len(y) == 0 or not np.isfinite(y).all():
        raise ValueError(f"weights need at least one score, all finite, came {y}")
    return y


def _check_quantile(quantile: float) -> None:
    if not 0 < quantile < 1:
        raise ValueError(f"quantile must be in (0, 1), came {quantile}")
