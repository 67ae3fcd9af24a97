"""How well scores tell valid decodes from invalid ones: areas under the curve, and their cost."""

import numpy as np
import pandas as pd

from lso.evaluation.uncertainty import probability_of_improvement, win_share

KEYS = ["model", "protocol", "score"]
RESAMPLES = 1000


def summarise_detection(points: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """One row per model, protocol and score.

    Args:
        points: columns model, protocol, score, set, valid, value, seconds.
        published: columns model, score, published: reference areas.

    Returns:
        `KEYS`, area, low, high, area_without_data (of drawn points alone), area_far (of the far
        ones alone: among all sets, that invalid points are the farther ones is enough for a score
        to look good or bad), valid_share, points, left_out (values that are not finite), seconds
        (per point), relative_seconds (over those of the score named likelihood), published,
        deviation (absolute, from it).
    """
    rows = []
    for keys, group in points.groupby(KEYS, sort=False):
        finite = group[np.isfinite(group["value"])]
        values, valid = finite["value"].to_numpy(), finite["valid"].to_numpy(bool)
        area = probability_of_improvement(
            values[valid], values[~valid], np.random.default_rng(0), resamples=RESAMPLES
        )
        rows.append(
            dict(zip(KEYS, keys, strict=True))
            | {"area": area.value, "low": area.low, "high": area.high}
            | {
                "area_without_data": _area(finite[finite["set"] != "data"]),
                "area_far": _area(finite[finite["set"] == "far"]),
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


def _area(points: pd.DataFrame) -> float:
    """Area under the curve; NaN where all points are valid, or none is."""
    values, valid = points["value"].to_numpy(), points["valid"].to_numpy(bool)
    return float(win_share(values[valid], values[~valid]))
