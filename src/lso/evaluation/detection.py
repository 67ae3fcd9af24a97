"""How well scores tell valid decodes from invalid ones: areas under the curve, and their cost."""

import numpy as np
import pandas as pd
from scipy import stats

from lso.evaluation.uncertainty import Interval, probability_of_improvement

KEYS = ["model", "protocol", "score"]
RESAMPLES = 1000


def area_under_curve(
    values: np.ndarray, valid: np.ndarray, generator: np.random.Generator
) -> Interval:
    """Area under the ROC curve with a 95 % bootstrap interval.

    The area is the probability that a valid point has the larger value, ties counting half;
    valid and invalid points are resampled each by themselves, percentile interval.

    Args:
        values: (n,) scores, finite.
        valid: (n,) labels.
        generator: source of the resamples.

    Returns:
        NaN throughout where all points have one label.
    """
    ours, theirs = values[valid], values[~valid]
    if len(ours) < 2 or len(theirs) < 2:
        return Interval(np.nan, np.nan, np.nan)
    interval = stats.bootstrap(
        (ours, theirs),
        lambda a, b, axis=-1: (
            stats.mannwhitneyu(a, b, axis=axis, method="asymptotic").statistic
            / (a.shape[-1] * b.shape[-1])
        ),
        n_resamples=RESAMPLES,
        batch=100,
        vectorized=True,
        method="percentile",
        rng=generator,
    ).confidence_interval
    area = probability_of_improvement(ours, theirs)
    return Interval(area, float(interval.low), float(interval.high))


def summarise_detection(points: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One row per model, protocol and score.

    Args:
        points: columns model, protocol, score, set, valid, value, seconds.
        published: columns model, score, published: reference areas.

    Returns:
        `KEYS`, area, low, high, area_without_data (of drawn points alone), valid_share, points,
        left_out (values that are not finite), seconds (per point), relative_seconds (over those
        of the score named likelihood), published, deviation (absolute, from it).
    """
    rows = []
    for keys, group in points.groupby(KEYS, sort=False):
        finite = group[np.isfinite(group["value"])]
        drawn = finite[finite["set"] != "data"]
        values, valid = finite["value"].to_numpy(), finite["valid"].to_numpy(bool)
        area = area_under_curve(values, valid, np.random.default_rng(0))
        positive = drawn["valid"].to_numpy(bool)
        is_mixed = 0 < positive.sum() < len(positive)
        without = drawn["value"].to_numpy()
        rows.append(
            dict(zip(KEYS, keys, strict=True))
            | {"area": area.value, "low": area.low, "high": area.high}
            | {
                "area_without_data": probability_of_improvement(
                    without[positive], without[~positive]
                )
                if is_mixed
                else np.nan,
                "valid_share": group["valid"].mean(),
                "points": len(group),
                "left_out": len(group) - len(finite),
                "seconds": group["seconds"].mean(),
            }
        )
    table = pd.DataFrame(rows)
    likelihood = table[table["score"] == "likelihood"].set_index(["model", "protocol"])["seconds"]
    index = pd.MultiIndex.from_frame(table[["model", "protocol"]])
    table["relative_seconds"] = table["seconds"].to_numpy() / likelihood.reindex(index).to_numpy()
    table = table.merge(published, on=["model", "score"], how="left")
    return table.assign(deviation=(table["area"] - table["published"]).abs())
