"""Statistics over few seeds: interquartile mean with its interval, probability of improvement.

In numpy, tested against scipy.stats: loading that takes longer than all comparisons of a study.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy
from jaxtyping import Float, Int

BATCH = 100  # resamples at once: bounds the memory, but for the matrix of all pairs


class Interval(NamedTuple):
    """An estimate and the ends of its confidence interval (NaN where there is none)."""

    value: float
    low: float
    high: float


def interquartile_mean(
    strata: Sequence[Float[np.ndarray, "_"]],
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Mean of the middle half of all scores, with a stratified bootstrap interval.

    Seeds are resampled within each stratum (task), never across; scores of several tasks must
    be on one scale.

    Source: agarwal2021, Sec. 4.

    Args:
        strata: the scores of one setting, one array over seeds per task.
        generator: source of the resamples.
        confidence: coverage of the percentile interval, in (0, 1).
        resamples: number of bootstrap resamples.
    """
    value = _middle_mean(*strata)
    if min(len(scores) for scores in strata) < 2 or np.ptp(np.concatenate(strata)) == 0:
        return Interval(value, np.nan, np.nan)
    return Interval(value, *_ends(strata, _middle_mean, generator, confidence, resamples))


def probability_of_improvement(
    ours: Float[np.ndarray, "a"],
    theirs: Float[np.ndarray, "b"],
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Probability that a run of one setting beats a run of another, ties counting half.

        P = U / (a b), with U the Mann-Whitney statistic of the a and b scores.

    Of a score's values at positive and at negative points, it is the area under the ROC curve.

    Source: agarwal2021, Sec. 4; the percentile interval resamples the scores of both settings.
    NaN without scores; no interval of fewer than two, or of scores that are all the same.
    """
    value = float(win_share(ours, theirs))
    if min(len(ours), len(theirs)) < 2 or np.ptp(np.concatenate([ours, theirs])) == 0:
        return Interval(value, np.nan, np.nan)
    wins = _wins(ours, theirs)
    shares = []
    for start in range(0, resamples, BATCH):
        # a resample is how often each score is in it; scipy would sort them all, 20 times slower
        size = min(BATCH, resamples - start)
        often_ours, often_theirs = (_drawn(runs, size, generator) for runs in wins.shape)
        shares.append(((often_ours @ wins) * often_theirs).sum(axis=1) / wins.size)
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    return Interval(value, *np.quantile(np.concatenate(shares), tails))


def performance_profile(
    strata: Sequence[Float[np.ndarray, "_"]],
    thresholds: Float[np.ndarray, "t"],
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Float[np.ndarray, "3 t"]:
    """Share of the runs that score more than each threshold, with a pointwise interval.

    Source: agarwal2021, Sec. 4; seeds are resampled within each stratum (task), never across.

    Args:
        strata: the scores of one setting, one array over seeds per task.
        thresholds: in the unit of the scores.
        generator: source of the resamples.
        confidence: coverage of the percentile interval, in (0, 1).
        resamples: number of bootstrap resamples.

    Returns:
        Rows value, low, high; all in [0, 1], none increasing with the threshold.
    """
    runs = sum(map(len, strata))
    value = sum((scores[:, None] > thresholds).sum(axis=0) for scores in strata) / runs
    counts = np.zeros((resamples, len(thresholds)))
    for scores in strata:
        drawn = np.sort(generator.choice(scores, (resamples, len(scores))), axis=1)
        counts += [len(row) - np.searchsorted(row, thresholds, side="right") for row in drawn]
    tails = [(1 - confidence) / 2, (1 + confidence) / 2]
    return np.stack([value, *np.quantile(counts / runs, tails, axis=0)])


def win_share(ours: Float[np.ndarray, "a"], theirs: Float[np.ndarray, "b"]) -> float:
    """Share of the pairs in which ours is larger, ties counting half; NaN without pairs."""
    return float(_wins(ours, theirs).mean()) if len(ours) and len(theirs) else np.nan


def paired_difference(
    ours: Float[np.ndarray, "s"], theirs: Float[np.ndarray, "s"], confidence: float = 0.95
) -> tuple[Interval, float]:
    """Mean of ours − theirs over seeds, its interval by Student's t, and the p-value of 0.

    Two-sided. Fewer than two seeds, or differences that are all the same, have neither.
    """
    differences = ours - theirs
    if len(differences) < 2 or np.ptp(differences) == 0:
        return Interval(float(differences.mean()), np.nan, np.nan), np.nan
    freedom, middle = len(differences) - 1, float(differences.mean())
    error = float(differences.std(ddof=1)) / math.sqrt(len(differences))
    half = float(scipy.special.stdtrit(freedom, (1 + confidence) / 2)) * error
    p_value = 2 * float(scipy.special.stdtr(freedom, -abs(middle) / error))
    return Interval(middle, middle - half, middle + half), p_value


def holm(p_values: pd.Series) -> Float[np.ndarray, "n"]:
    """Correct for several comparisons; NaN does not count.

    Source: holm1979.
    """
    p_values = p_values.to_numpy(np.float64)
    corrected = np.full(len(p_values), np.nan)
    order = np.argsort(p_values)[: np.isfinite(p_values).sum()]
    factors = len(order) - np.arange(len(order))
    corrected[order] = np.maximum.accumulate(factors * p_values[order]).clip(max=1)
    return corrected


def mean(
    scores: Float[np.ndarray, "n"],
    generator: np.random.Generator,
    confidence: float = 0.95,
    resamples: int = 2000,
) -> Interval:
    """Mean with the percentile interval of a bootstrap; NaN without scores."""
    if len(scores) < 2 or np.ptp(scores) == 0:
        return Interval(float(scores.mean()) if len(scores) else np.nan, np.nan, np.nan)
    ends = _ends((scores,), np.mean, generator, confidence, resamples)
    return Interval(float(scores.mean()), *ends)


def _wins(ours: Float[np.ndarray, "a"], theirs: Float[np.ndarray, "b"]) -> Float[np.ndarray, "a b"]:
    """1 where ours is larger, 1/2 where they are equal."""
    return (ours[:, None] > theirs) + (ours[:, None] == theirs) / 2


def _drawn(runs: int, resamples: int, generator: np.random.Generator) -> Int[np.ndarray, "r n"]:
    """How often each of the runs is in each resample."""
    index = generator.integers(runs, size=(resamples, runs))
    flat = index + runs * np.arange(resamples)[:, None]
    return np.bincount(flat.ravel(), minlength=resamples * runs).reshape(resamples, runs)


def _ends(samples, statistic, generator, confidence, resamples) -> tuple[float, float]:
    """Percentile interval of a statistic; every sample is resampled by itself."""
    drawn = [generator.choice(scores, (resamples, len(scores))) for scores in samples]
    low, high = np.quantile(statistic(*drawn, axis=1), [(1 - confidence) / 2, (1 + confidence) / 2])
    return float(low), float(high)


def _middle_mean(*strata, axis=-1):
    pooled = np.sort(np.concatenate(strata, axis=axis), axis=axis)
    cut = pooled.shape[axis] // 4
    return pooled[..., cut : pooled.shape[axis] - cut].mean(axis=axis)
