"""Simulated users: how close strategies come in equal time and with equal sliders.

A simulated user is a model of a person, no person: see `lso.users.simulated_user`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from jaxtyping import Float
from scipy import stats

from lso.evaluation.uncertainty import holm, mean

Number = float | int


def compare_users(
    summary: pd.DataFrame,
    strategies: Sequence[str],
    reference: str,
    seconds: Sequence[Number],
    sliders: Sequence[int],
    seconds_per_frame: Number,
    seconds_per_next: Number,
    solved: Number,
    variants: Sequence[str] = (),
) -> pd.DataFrame:
    """Compare strategies after amounts of time and of sliders, paired by case.

    time = seconds per frame · frames looked at + seconds per next · sliders + seconds of
    computing. A draw from the prior is a slider of one frame. The best so far is kept without
    error.

    Args:
        summary: as `lso.evaluation.metrics.summarise` returns; a seed is a case.
        strategies: labels of the runs to compare.
        reference: one of them, with which all others are paired.
        seconds: amounts of time.
        sliders: amounts of sliders.
        seconds_per_frame: that a user looks at one position.
        seconds_per_next: from one slider to the next.
        solved: share of the start's distance below which a case is solved.
        variants: labels of runs whose user differs from the reference's in one part.

    Returns:
        Columns task, model, label, budget (`seconds` or `sliders`), amount, left (mean distance,
        1 at the start) with low and high (95 % bootstrap), area (mean of left from 0 to amount),
        solved (share of cases), cases, difference (left minus that of the reference, positive
        where the reference came closer) with difference_low and difference_high, p_value
        (Wilcoxon, two-sided), p_holm (corrected for all strategies, or all variants, at this
        amount), pairs. Runs that end before the amount, unless their user stopped, are left out.

    Raises:
        ValueError: no run has the reference's label.
    """
    if reference not in set(summary["label"]):
        raise ValueError(f"no runs of {reference!r}; known: {sorted(set(summary['label']))}")
    runs = summary[summary["label"].isin([*strategies, *variants])]
    runs = runs.assign(sliders=runs["query"] - 1)
    looking = seconds_per_frame * runs["frames"] + seconds_per_next * runs["sliders"]
    runs = runs.assign(seconds=runs["seconds"] + looking)
    amounts = [("seconds", a) for a in seconds] + [("sliders", a) for a in sliders]
    tables = [_compare_at(runs, budget, a, reference, solved) for budget, a in amounts]
    table = pd.concat(tables, ignore_index=True)
    family = table["label"].isin(strategies)
    comparisons = table.groupby(["task", "model", "budget", "amount", family], sort=False)
    return table.assign(p_holm=comparisons["p_value"].transform(holm))


def left_after(
    clock: Float[np.ndarray, "n"], left: Float[np.ndarray, "n"], amount: Number
) -> tuple[float, float]:
    """What is left after an amount, and its mean up to there; 1 before the clock starts."""
    known = clock <= amount
    ends = np.minimum(np.append(clock[1:], np.inf), amount)
    held = float((left * np.clip(ends - clock, 0, None)).sum())
    start = min(float(clock[0]), float(amount))
    return float(left[known][-1]) if known.any() else 1.0, (start + held) / amount


def _compare_at(
    runs: pd.DataFrame, budget: str, amount: Number, reference: str, solved: Number
) -> pd.DataFrame:
    rows = []
    for (task, model), group in runs.groupby(["task", "model"], sort=False):
        reached = {
            label: _reached(part, budget, amount)
            for label, part in group.groupby("label", sort=False)
        }
        theirs = reached.get(reference, pd.DataFrame({"left": [], "area": []}))
        compared = [
            {"task": task, "model": model, "label": label, "budget": budget, "amount": amount}
            | _describe(ours, solved)
            | _pair(ours["left"], theirs["left"] if label != reference else theirs["left"][:0])
            for label, ours in reached.items()
        ]
        rows += compared
    return pd.DataFrame(rows)


def _reached(runs: pd.DataFrame, budget: str, amount: Number) -> pd.DataFrame:
    """Columns left and area, by seed, of the runs that reach the amount."""
    found = {}
    for seed, run in runs.groupby("seed"):
        clock = run[budget].to_numpy(np.float64)
        frames = run["frames"].to_numpy()
        has_stopped = len(frames) > 1 and frames[-1] == frames[-2]
        if clock[-1] >= amount or has_stopped:
            found[seed] = left_after(clock, run["share_left"].to_numpy(np.float64), amount)
    return pd.DataFrame.from_dict(found, orient="index", columns=["left", "area"])


def _describe(reached: pd.DataFrame, solved: Number) -> dict:
    left = reached["left"].to_numpy(np.float64)
    interval = mean(left, np.random.default_rng(0))
    return {
        **{"left": interval.value, "low": interval.low, "high": interval.high},
        "area": reached["area"].mean(),
        "solved": (left <= solved).mean() if len(left) else np.nan,
        "cases": len(left),
    }


def _pair(ours: pd.Series, theirs: pd.Series) -> dict:
    """Differences over the cases that both have."""
    difference = (ours - theirs).dropna().to_numpy(np.float64)
    interval = mean(difference, np.random.default_rng(0))
    tested = stats.wilcoxon(difference).pvalue if difference.any() else np.nan
    return {
        "difference": interval.value,
        "difference_low": interval.low,
        "difference_high": interval.high,
        "p_value": 1.0 if len(difference) and not difference.any() else float(tested),
        "pairs": len(difference),
    }
