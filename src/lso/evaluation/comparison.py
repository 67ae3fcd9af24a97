"""Settings of a study compared with a reference, and compositions with their parts."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lso.evaluation.uncertainty import (
    Interval,
    interquartile_mean,
    paired_difference,
    probability_of_improvement,
)


def compare(
    summary: pd.DataFrame,
    statistic: str | Sequence[str],
    query: int,
    reference: str,
    parts: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Interquartile means of all settings, and how each differs from others.

    Args:
        summary: as `lso.evaluation.metrics.summarise` returns.
        statistic: one of its columns, or several.
        query: after so many queries; runs that have fewer, or no value there, are left out.
        reference: label of the setting that the others are compared with: that of the same task
            and model; where the model has none, that of the task.
        parts: label of a composition -> labels of settings that each have one of its ideas.
        seed: of the bootstrap.

    Returns:
        Columns statistic, task, model, label, quantity, other, value, low, high, seeds. Quantities
        are the `interquartile mean`, and where the task has runs of the reference, the
        `probability of improvement` over it; where these have seeds of the setting's too, over
        these the `paired difference` (this setting − reference) and its `paired p-value`. Of a
        composition also the `gain over a part`, paired likewise, for each that has run. `other`
        is the reference or the part, None for the interquartile mean.
    """
    names = [statistic] if isinstance(statistic, str) else statistic
    rows = [
        row
        for name in names
        for row in _compared(summary, name, query, reference, parts or {}, seed)
    ]
    columns = ["statistic", "task", "model", "label", "quantity", "other"]
    return pd.DataFrame(rows, columns=[*columns, "value", "low", "high", "seeds"])


def _compared(
    summary: pd.DataFrame,
    statistic: str,
    query: int,
    reference: str,
    parts: Mapping[str, Sequence[str]],
    seed: int,
) -> list[tuple]:
    reached = summary[summary["query"] == query].dropna(subset=[statistic])
    scores = {
        name: runs.set_index("seed")[statistic].astype(np.float64)
        for name, runs in reached.groupby(["task", "model", "label"], sort=False)
    }
    references = {task: y for (task, _, label), y in scores.items() if label == reference}
    rows = []
    for (task, model, label), y in scores.items():
        setting = statistic, task, model, label
        generator = np.random.default_rng(seed)
        middle = interquartile_mean([y.to_numpy()], generator)
        rows.append((*setting, "interquartile mean", None, *middle, len(y)))
        other = scores.get((task, model, reference), references.get(task))
        if other is not None and label != reference:
            won = probability_of_improvement(y.to_numpy(), other.to_numpy(), generator)
            rows.append((*setting, "probability of improvement", reference, *won, len(y)))
            if difference := _paired(y, other):
                gain, p, seeds = difference
                rows.append((*setting, "paired difference", reference, *gain, seeds))
                rows.append((*setting, "paired p-value", reference, p, np.nan, np.nan, seeds))
        for part in parts.get(label, ()):
            if difference := _paired(y, scores.get((task, model, part))):
                gain, _, seeds = difference
                rows.append((*setting, "gain over a part", part, *gain, seeds))
    return rows


def _paired(ours: pd.Series, theirs: pd.Series | None) -> tuple[Interval, float, int] | None:
    """Paired difference, its p-value and number of seeds; None if they share no seed."""
    shared = [] if theirs is None else ours.index.intersection(theirs.index)
    if not len(shared):
        return None
    difference, p = paired_difference(ours[shared].to_numpy(), theirs[shared].to_numpy())
    return difference, p, len(shared)
