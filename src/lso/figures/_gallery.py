"""What the galleries of best objects share: a row per setting, its best objects side by side."""

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lso.figures._style import TEXT_WIDTH, blank, new_figure, pick


def draw_gallery(
    best: pd.DataFrame,
    draw_object: Callable[[Axes, object], None],
    *,
    task: str,
    labels: Sequence[str] | None,
    count: int,
    aspect: float,
    title: str,
    note: Callable[[pd.Series], str] | None = None,
) -> Figure:
    """Draw the best distinct objects of every setting; value, seed and query over each.

    Args:
        best: columns task, label, seed, query, x, y.
        draw_object: draws one object into axes.
        task: whose objects.
        labels: settings from top to bottom; all by default.
        count: objects per setting, over all its seeds.
        aspect: height of a panel over its width, caption included.
        title: of the figure.
        note: what is said of an object (a row of `best`) in further lines.
    """
    best = best[best["task"] == task]
    labels = pick(labels, best["label"])
    height = 0.3 + max(1, len(labels)) * aspect * TEXT_WIDTH / count
    figure, grid = new_figure(max(1, len(labels)), count, TEXT_WIDTH, height)
    figure.suptitle(title, fontsize="medium")
    for axes in grid.flat:
        blank(axes)
    for label, row in zip(labels, grid, strict=False):
        found = best[best["label"] == label].sort_values("y", ascending=False, kind="stable")
        found = found.drop_duplicates("x").head(count)
        for axes, (_, item) in zip(row, found.iterrows(), strict=False):
            draw_object(axes, item["x"])
            lines = [_spell(item["y"]), f"seed {item['seed']}, query {item['query']}"]
            lines += [note(item)] if note else []
            axes.set_title("\n".join(lines), fontsize=6.5, linespacing=1.3)
        row[0].set_ylabel(label)
    return figure


def _spell(value: float) -> str:
    return f"{value:#.4g}".rstrip(".")
