"""What compositions gain over each of the settings that they are made of."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from lso.figures._style import (
    FAINT,
    TEXT_WIDTH,
    draw_intervals,
    new_figure,
    nothing_to_draw,
    styled,
)

FRAMES = ("comparison",)


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    titles: Mapping[str, str] | None = None,
    statistic: str | None = None,
) -> Figure:
    """Draw one panel per task: a paired difference and its 95 % interval per composition and part.

    A difference of one seed, or the same in all, is a bare point.

    Args:
        frames: `comparison`, of which the rows with the quantity `gain over a part` are drawn.
        titles: task -> title, for the tasks to draw, from top to bottom; all by default. Tasks
            without compositions are left out.
        statistic: which of the compared ones, where there are several.
    """
    frame = frames["comparison"]
    frame = frame[frame["quantity"] == "gain over a part"]
    frame = frame if statistic is None else frame[frame["statistic"] == statistic]
    known = frame["task"].drop_duplicates().tolist()
    titles = {task: (titles or {}).get(task, task) for task in titles or known if task in known}
    if not titles:
        return nothing_to_draw("no composition has run beside its parts")
    rows = {task: _named(frame[frame["task"] == task]) for task in titles}
    heights = [len(part) for part in rows.values()]
    height = 0.6 * len(titles) + 0.19 * sum(heights)
    figure, grid = new_figure(len(titles), 1, TEXT_WIDTH, height, height_ratios=heights)
    for (task, title), axes in zip(titles.items(), grid[:, 0], strict=True):
        draw_intervals(axes, rows[task], rows[task].index)
        axes.axvline(0, color=FAINT, lw=0.8, zorder=1)
        axes.set_title(title)
    grid[-1, 0].set_xlabel("paired difference")
    return figure


def _named(part: pd.DataFrame) -> pd.DataFrame:
    return part.set_index(part["label"] + " over " + part["other"])
