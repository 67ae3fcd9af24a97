"""What the arithmetic of a score does to its values and gradients, and what both cost."""

import numpy as np
import pandas as pd

KEYS = ["model", "score"]
COSTS = ["seconds", "gradient_seconds"]
TAIL = 0.1  # of the distributions, at either end


def summarise_gradients(points: pd.DataFrame) -> pd.DataFrame:
    """One row per model and score.

    Args:
        points: columns model, point, score, reference, value, cosine, norm_ratio, seconds,
            gradient_seconds, as `lso.score_gradients.compare_gradients` returns them.

    Returns:
        `KEYS`, reference, points, left_out (points whose value or gradient is not finite),
        rank_correlation (Spearman's, of values with the reference's), difference (median absolute
        one of values), largest_difference, cosine_median, cosine_low (tenth percentile),
        cosine_min, negative (share of gradients that point away from the reference's), ratio_low
        and ratio_high (10 and 90 % of the norm over the reference's), seconds and
        gradient_seconds per point, relative_seconds and relative_gradient_seconds (each over that
        of the score named likelihood; NaN without one).
    """
    rows = []
    for model, group in points.groupby("model", sort=False):
        values = group.pivot(index="point", columns="score", values="value")
        for score, part in group.groupby("score", sort=False):
            reference = part["reference"].iloc[0]
            rows.append(
                {"model": model, "score": score, "reference": reference, "points": len(part)}
                | _agreement(values[score], values[reference])
                | _directions(part)
                | {name: part[name].mean() for name in COSTS}
            )
    table = pd.DataFrame(rows)
    likelihood = table[table["score"] == "likelihood"].set_index("model")
    for name in COSTS:
        table[f"relative_{name}"] = table[name] / table["model"].map(likelihood[name])
    return table


def _agreement(values: pd.Series, reference: pd.Series) -> dict[str, float]:
    finite = np.isfinite(values) & np.isfinite(reference)
    values, reference = values[finite], reference[finite]
    difference = (values - reference).abs()
    return {
        "rank_correlation": values.rank().corr(reference.rank()),
        "difference": difference.median(),
        "largest_difference": difference.max(),
    }


def _directions(part: pd.DataFrame) -> dict[str, float | int]:
    known = np.isfinite(part["cosine"]) & np.isfinite(part["value"])
    cosine, ratio = part.loc[known, "cosine"], part.loc[known, "norm_ratio"]
    return {
        "left_out": int((~known).sum()),
        "cosine_median": cosine.median(),
        "cosine_low": cosine.quantile(TAIL),
        "cosine_min": cosine.min(),
        "negative": (cosine < 0).mean(),
        "ratio_low": ratio.quantile(TAIL),
        "ratio_high": ratio.quantile(1 - TAIL),
    }
