"""How close simulated users come, in equal time and with equal sliders."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import TEXT_WIDTH, colours_of, legend_below, new_figure, pick, styled

FRAMES = ("simulated_users",)
BUDGETS = {"seconds": "seconds of a simulated user", "sliders": "sliders"}


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    model: str,
    labels: Sequence[str] | None = None,
) -> Figure:
    """Draw four panels: distance left (top) and share of cases solved (bottom), by both budgets.

    Args:
        frames: `simulated_users`, as `lso.evaluation.users.compare_users` returns it.
        task: whose runs.
        model: whose runs.
        labels: strategies in the order of the legend; all by default.
    """
    table = frames["simulated_users"]
    table = table[(table["task"] == task) & (table["model"] == model)]
    labels = pick(labels, table["label"])
    palette = colours_of(labels)
    figure, grid = new_figure(2, 2, TEXT_WIDTH, 4.2, sharex="col", sharey="row")
    for (budget, name), (left, solved) in zip(BUDGETS.items(), grid.T, strict=True):
        for label, colour in palette.items():
            part = table[(table["label"] == label) & (table["budget"] == budget)]
            part = part.sort_values("amount")
            _draw_left(left, part, colour)
            solved.step([0, *part["amount"]], [0, *part["solved"]], where="post", color=colour)
        solved.set(xlabel=name, ylim=(-0.03, 1.03))
    grid[0, 0].set_ylabel("distance left (1 = start)")
    grid[1, 0].set_ylabel("share of cases solved")
    handles = [Line2D([], [], color=colour, label=label) for label, colour in palette.items()]
    legend_below(figure, handles, 2)
    return figure


def _draw_left(axes: Axes, part: pd.DataFrame, colour) -> None:
    axes.plot([0, *part["amount"]], [1, *part["left"]], color=colour)
    axes.fill_between(part["amount"], part["low"], part["high"], color=colour, alpha=0.15, lw=0)
