"""What compositions gain over each of the settings that they are made of."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lso.evaluation.metrics import at_query
from lso.figures._style import (
    FAINT,
    TEXT_WIDTH,
    draw_intervals,
    new_figure,
    nothing_to_draw,
    p_value_text,
    styled,
)

FRAMES = ("comparison",)


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    titles: Mapping[str, str] | None = None,
    statistic: str | None = None,
    query: int | None = None,
) -> Figure:
    """Draw one panel per task: a paired difference and its 95 % interval per composition and part.

    A difference of one seed, or the same in all, is a bare point; one of fewer seeds than others
    of the figure says of how many it is. At the right stands the p-value of no difference,
    corrected by Holm's method for all gains of the task, bold below 5 %.

    Args:
        frames: `comparison`, of which the rows with the quantity `gain over a part` are drawn.
        titles: task -> title, for the tasks to draw, from top to bottom; all by default. Tasks
            without compositions are left out.
        statistic: which of the compared ones, where there are several.
        query: after how many queries; the last compared ones by default.
    """
    frame = at_query(frames["comparison"], query)
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
        draw_intervals(axes, rows[task], rows[task].index, int(frame["seeds"].max()))
        _draw_p_values(axes, rows[task]["p_holm"])
        axes.axvline(0, color=FAINT, lw=0.8, zorder=1)
        axes.set_title(title)
    grid[-1, 0].set_xlabel("paired difference")
    return figure


def _draw_p_values(axes: Axes, p_values: pd.Series) -> None:
    right, looks = axes.twinx(), [p_value_text(p_value) for p_value in p_values]
    texts = [look.pop("text") for look in looks]
    right.set(ylim=axes.get_ylim(), yticks=range(len(texts)), yticklabels=texts)
    right.tick_params(length=0)
    right.grid(False)
    right.set_title("p (Holm)", loc="right")
    for label, look in zip(right.get_yticklabels(), looks, strict=True):
        label.set(**look)


def _named(part: pd.DataFrame) -> pd.DataFrame:
    return part.set_index(part["label"] + " over " + part["other"])
