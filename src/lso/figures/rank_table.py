"""Mean ranks of settings over tasks and seeds, and the p-values of their differences."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lso.evaluation.ranks import Ranking, rank_settings
from lso.figures._style import (
    AFTER,
    FAINT,
    TEXT_WIDTH,
    blank,
    new_figure,
    p_value_text,
    styled,
)

FRAMES = ("summary",)


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    query: int,
    statistic: str = "best",
    labels: Sequence[str] | None = None,
    tasks: Sequence[str] | None = None,
) -> Figure:
    """Draw mean ranks from best to worst, and beside them Nemenyi's p-value of every pair.

    Settings that have not run, and those without which there would be more blocks, are named below.

    Args:
        frames: `summary`.
        query: after so many queries.
        statistic: `best`, `top10` or `top50`.
        labels: settings to rank; all by default.
        tasks: tasks whose seeds are the blocks; all by default.

    Returns:
        The figure; too few runs for a test are an empty one that says so, for a study that is
        not finished has its other figures, too.
    """
    try:
        ranking = rank_settings(frames["summary"], query, statistic, labels, tasks)
    except ValueError as error:
        figure, ((axes,),) = new_figure(1, 1, TEXT_WIDTH, 0.8)
        blank(axes)
        axes.set_title(str(error))
        return figure
    k = len(ranking.ranks)
    widths = [1, max(1.3, 0.14 * k)]
    figure, ((left, right),) = new_figure(1, 2, TEXT_WIDTH, 1.1 + 0.26 * k, width_ratios=widths)
    _draw_ranks(left, ranking)
    _draw_p_values(right, ranking)
    if missing := _missing(ranking):
        figure.set_figheight(figure.get_figheight() + 0.15 * len(missing))
        figure.supxlabel("\n".join(missing), x=0.01, ha="left", size=6.5)
    return figure


def _missing(ranking: Ranking) -> list[str]:
    """Lines about what the ranks are not of."""
    lines = [f"not run: {label}" for label in ranking.not_run]
    return lines + [
        f"{label} ran in {count} of {ranking.all_blocks} blocks; the others are left out"
        for label, count in ranking.incomplete.items()
    ]


def _draw_ranks(axes: Axes, ranking: Ranking) -> None:
    places = range(len(ranking.ranks))
    axes.hlines(places, 1, ranking.ranks, color=FAINT, lw=0.8)
    axes.plot(ranking.ranks, places, "o", color=AFTER, ms=4)
    axes.set(yticks=places, yticklabels=ranking.ranks.index, xlabel="mean rank (1 is best)")
    axes.set(xlim=(0.9, len(ranking.ranks) + 0.1), ylim=(len(ranking.ranks) - 0.5, -0.5))
    axes.set_title(f"{ranking.blocks} blocks; Friedman p = {ranking.friedman:.2g}")
    axes.grid(False, axis="y")


def _draw_p_values(axes: Axes, ranking: Ranking) -> None:
    blank(axes)
    table = ranking.p_values.to_numpy()
    for i in range(len(table)):
        for j in range(i):
            looks = p_value_text(table[i, j])
            axes.text(j, i, looks.pop("text"), ha="center", va="center", size=6.5, **looks)
    axes.set(xticks=range(len(table) - 1), xlim=(-0.6, len(table) - 1.4))
    axes.set_ylim(len(table) - 0.5, -0.5)  # row by row beside the ranks
    axes.set_xticklabels(ranking.p_values.columns[:-1], rotation=35, ha="right")
    axes.set_title("p of the difference (Nemenyi, all pairs)")
