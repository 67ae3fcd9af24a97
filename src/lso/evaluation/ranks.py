"""Ranks of settings over tasks and seeds, and which differences in rank are more than chance."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats


class Ranking(NamedTuple):
    """Mean ranks and the tests of their differences.

    Args:
        ranks: label -> mean rank, 1 is best, sorted.
        p_values: (labels, labels) of Nemenyi's test, corrected for all pairs; 1 on the diagonal.
        friedman: p-value of the hypothesis that all settings are equal.
        blocks: runs of every setting, each with those of the same task and seed.
        all_blocks: pairs of task and seed in which any of the settings has a run.
        not_run: settings that were asked for and have no run that long.
        incomplete: label -> in how many of all blocks it has a run, where it lacks some: blocks
            without it are left out.
    """

    ranks: pd.Series
    p_values: pd.DataFrame
    friedman: float
    blocks: int
    all_blocks: int
    not_run: list[str]
    incomplete: dict[str, int]


def rank_settings(
    summary: pd.DataFrame,
    query: int,
    statistic: str = "best",
    labels: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
) -> Ranking:
    """Rank settings within each task and seed, and test the mean ranks.

        q = |R_i - R_j| / sqrt(k (k + 1) / (6 n)),   p = P(Q_{k, inf} > q sqrt(2))

    for k settings in n blocks, with Q the studentised range. Ties share their mean rank. Seeds of
    a task are blocks because runs of one seed share their initial data; blocks in which a setting
    is missing, has fewer queries or no value are left out, and settings without any run, too.

    Source: demsar2006, Sec. 3.2.2.

    Args:
        summary: as `lso.evaluation.metrics.summarise` returns.
        query: after so many queries.
        statistic: one of its columns, larger is better.
        labels: settings to rank; all by default.
        tasks: tasks to rank them in; all by default.

    Raises:
        ValueError: fewer than three settings or two blocks remain, or a label stands for several
            runs of one task and seed.
    """
    reached = summary[summary["query"] == query]
    reached = reached if tasks is None else reached[reached["task"].isin(tasks)]
    reached = reached if labels is None else reached[reached["label"].isin(labels)]
    twice = reached[reached.duplicated(["task", "seed", "label"])]
    if len(twice):
        example = twice.iloc[0][["task", "label", "seed"]].to_dict()
        raise ValueError(f"several runs of {example}; rank them under different labels")
    scored = reached.dropna(subset=[statistic])
    found = scored.pivot(index=["task", "seed"], columns="label", values=statistic)
    counts = found.count()
    scores = found.dropna()
    n, k = scores.shape
    if k < 3 or n < 2:
        raise ValueError(
            f"expected at least 3 settings in 2 or more blocks of task and seed, came {k} in {n}"
        )
    ranks = scores.rank(axis="columns", ascending=False).mean().sort_values(kind="stable")
    distance = np.abs(ranks.to_numpy()[:, None] - ranks.to_numpy()) / np.sqrt(k * (k + 1) / (6 * n))
    p_values = stats.studentized_range.sf(distance * np.sqrt(2), k, np.inf)
    friedman = stats.friedmanchisquare(*scores.to_numpy().T).pvalue
    table = pd.DataFrame(p_values, index=ranks.index, columns=ranks.index)
    return Ranking(
        ranks,
        table,
        float(friedman),
        n,
        len(found),
        [label for label in labels or [] if label not in found],
        {label: int(count) for label, count in counts.items() if count < len(found)},
    )
