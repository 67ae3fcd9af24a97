"""Settings compared: interquartile means, and how probably each beats the reference."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from lso.evaluation.metrics import at_query
from lso.figures._style import (
    FAINT,
    TEXT_WIDTH,
    draw_intervals,
    new_figure,
    nothing_to_draw,
    pick,
    styled,
)

FRAMES = ("comparison",)
QUANTITIES = ("interquartile mean", "probability of improvement")


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    titles: Mapping[str, str] | None = None,
    labels: Sequence[str] | None = None,
    statistic: str | None = None,
    query: int | None = None,
) -> Figure:
    """Draw a row of panels per task: a point and its 95 % interval per setting.

    A setting whose runs cannot have an interval (one seed, or equal scores) is a bare point; one
    of fewer seeds than others of the figure says of how many it is.

    Args:
        frames: `comparison` with columns query, task, label, quantity, value, low, high, seeds.
        titles: task -> title, for the tasks to draw, from top to bottom; all by default. Tasks
            without runs are left out.
        labels: settings from top to bottom; all by default.
        statistic: which of the compared ones, where there are several.
        query: after how many queries; the last compared ones by default.
    """
    frame = at_query(frames["comparison"], query)
    frame = frame if statistic is None else frame[frame["statistic"] == statistic]
    known = frame["task"].drop_duplicates().tolist()
    titles = {task: (titles or {}).get(task, task) for task in titles or known if task in known}
    if not titles:
        return nothing_to_draw("no finished runs to compare")
    labels = pick(labels, frame["label"])
    rows = {
        task: [label for label in labels if ((frame.task == task) & (frame.label == label)).any()]
        for task in titles
    }
    heights = [max(1, len(rows[task])) for task in titles]
    figure, grid = new_figure(
        len(titles), 2, TEXT_WIDTH, 0.6 * len(titles) + 0.19 * sum(heights), height_ratios=heights
    )
    for (task, title), panels in zip(titles.items(), grid, strict=True):
        for axes, quantity in zip(panels, QUANTITIES, strict=True):
            part = frame[(frame["task"] == task) & (frame["quantity"] == quantity)]
            draw_intervals(axes, part.set_index("label"), rows[task], int(frame["seeds"].max()))
            axes.set_xlabel(quantity)
        panels[0].set_title(title)
        panels[1].set(xlim=(-0.03, 1.03), yticklabels=[])
        panels[1].axvline(0.5, color=FAINT, lw=0.8, zorder=1)
    return figure
