"""The best expressions that each setting found, as curves against the target."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.arithmetic import evaluate
from lso.figures._style import FAINT, colours_of, legend_below, new_figure, pick, styled, width_of

FRAMES = ("best",)
POINTS = 1000


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    target: str,
    labels: Sequence[str] | None = None,
    colours: Mapping[str, int] | None = None,
    x_range: Sequence[float | int] = (-10.0, 10.0),
    columns: int = 2,
    title: str = "",
) -> Figure:
    """Draw one panel per setting: the target and the best expression over all seeds.

    Args:
        frames: `best` with columns task, label, seed, query, x (expression), y.
        task: whose expressions.
        target: the expression to be found.
        labels: settings in reading order; all by default.
        colours: positions in the palette, see `colours_of`.
        x_range: where the expressions are compared.
        columns: panels side by side.
        title: of the figure.
    """
    best = frames["best"]
    best = best[best["task"] == task].sort_values("y", ascending=False, kind="stable")
    labels = pick(labels, sorted(best["label"]))
    palette = colours_of(labels, colours)
    rows = -(-max(1, len(labels)) // columns)
    height = 0.6 + 1.35 * rows
    figure, grid = new_figure(rows, columns, width_of(columns), height, sharex=True, sharey=True)
    figure.suptitle(title, fontsize="medium")
    x = np.linspace(*x_range, POINTS)
    wanted = _values(target, x)
    for axes in grid.flat[len(labels) :]:
        axes.set_visible(False)
    for label, axes in zip(labels, grid.flat, strict=False):
        axes.plot(x, wanted, color=FAINT, linewidth=0.8)
        for item in best[best["label"] == label].head(1).itertuples():
            axes.plot(x, _values(item.x, x), color=palette[label], linewidth=1.3)
            axes.set_title(f"{label}:  {_shorten(item.x)}  ({item.y:.3f})", fontsize="small")
        _frame(axes, x, wanted)
    legend_below(figure, [Line2D([], [], color=FAINT, linewidth=0.8, label=f"target  {target}")], 1)
    return figure


def _values(expression: str, x: np.ndarray) -> np.ndarray:
    values = evaluate(expression, x)
    if values is None:
        raise ValueError(f"no expression: {expression!r}")
    return np.where(np.isfinite(values), values, np.nan)


def _frame(axes: Axes, x: np.ndarray, wanted: np.ndarray) -> None:
    """Show the target whole; a bad expression may leave the panel."""
    margin = 0.15 * np.ptp(wanted)
    axes.set(ylim=(wanted.min() - margin, wanted.max() + margin), xlim=(x[0], x[-1]))
    axes.label_outer()


def _shorten(expression: str, longest: int = 32) -> str:
    return expression if len(expression) <= longest else expression[: longest - 1] + "…"
