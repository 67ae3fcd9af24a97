"""Settings of a study compared with a reference, and compositions with their parts."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from lso.evaluation.uncertainty import (
    holm,
    interquartile_mean,
    paired_difference,
    probability_of_improvement,
)

GAIN = "gain over a part"


def compare(
    summary: pd.DataFrame,
    statistic: str | Sequence[str],
    query: int | Sequence[int],
    reference: str,
    parts: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Interquartile means of all settings, and how each differs from others.

    Args:
        summary: as `lso.evaluation.metrics.summarise` returns.
        statistic: one of its columns, or several.
        query: after so many queries, or after several such numbers; runs that have fewer, or no
            value there, are left out.
        reference: label of the setting that the others are compared with: that of the same task
            and model; where the model has none, that of the task.
        parts: label of a composition -> labels of settings that each have one of its ideas.
        seed: of the bootstrap.

    Returns:
        Columns statistic, query, task, model, label, quantity, other, value, low, high, seeds,
        p_value, p_holm. Quantities are the `interquartile mean`, and where the task has runs of
        the reference, the `probability of improvement` over it; where these have seeds of the
        setting's too, over these the `paired difference` (this setting − reference). Of a
        composition also the `gain over a part`, paired likewise, for each that has run. `other` is
        the reference or the part, None for the interquartile mean; seeds are those that a
        quantity is of.

        Every interval is of its one comparison. Of paired quantities `p_value` is that of 0 (NaN
        for one seed, or differences that are all the same); of gains `p_holm` corrects it for all
        gains of the task and statistic, after all of the queries (holm1979).
    """
    names = [statistic] if isinstance(statistic, str) else statistic
    queries = [query] if isinstance(query, int) else query
    rows = [
        row
        for name in names
        for number in queries
        for row in _compared(summary, name, number, reference, parts or {}, seed)
    ]
    columns = ["statistic", "query", "task", "model", "label", "quantity", "other"]
    frame = pd.DataFrame(rows, columns=[*columns, "value", "low", "high", "seeds", "p_value"])
    gains = frame[frame["quantity"] == GAIN]
    return frame.assign(
        p_holm=gains.groupby(["statistic", "task"])["p_value"].transform(holm).astype(np.float64)
    )


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
        setting = statistic, query, task, model, label
        generator = np.random.default_rng(seed)
        middle = interquartile_mean([y.to_numpy()], generator)
        rows.append((*setting, "interquartile mean", None, *middle, len(y), np.nan))
        other = scores.get((task, model, reference), references.get(task))
        if other is not None and label != reference:
            won = probability_of_improvement(y.to_numpy(), other.to_numpy(), generator)
            rows.append((*setting, "probability of improvement", reference, *won, len(y), np.nan))
            if difference := _paired(y, other):
                rows.append((*setting, "paired difference", reference, *difference))
        for part in parts.get(label, ()):
            if difference := _paired(y, scores.get((task, model, part))):
                rows.append((*setting, GAIN, part, *difference))
    return rows


def _paired(ours: pd.Series, theirs: pd.Series | None) -> tuple | None:
    """Paired difference, its ends, number of seeds and p-value; None if they share no seed."""
    shared = [] if theirs is None else ours.index.intersection(theirs.index)
    if not len(shared):
        return None
    difference, p_value = paired_difference(ours[shared].to_numpy(), theirs[shared].to_numpy())
    return *difference, len(shared), p_value
