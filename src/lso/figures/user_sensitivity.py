"""How the result of a search depends on each part of the model of a user."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure

from lso.figures._style import AFTER, FAINT, TEXT_WIDTH, new_figure, styled

FRAMES = ("simulated_users",)
COLUMNS = ["difference", "difference_low", "difference_high"]
BUDGETS = {"seconds": "s", "sliders": "sliders"}


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    model: str,
    budget: str,
    amounts: Sequence[float | int],
    base: str,
    parts: Mapping[str, Mapping[str, str]],
) -> Figure:
    """Draw a column per part of the user and a row per amount: what its level adds to the rest.

    What is drawn is the mean over cases of the distance left, less that of the base user in the
    same case, with its interval: below 0 the level helps.

    Args:
        frames: `simulated_users`, as `lso.evaluation.users.compare_users` returns it.
        task: whose runs.
        model: whose runs.
        budget: `seconds` or `sliders`.
        amounts: of the budget, one row each.
        base: label of the user whose parts are varied, with which all others are paired.
        parts: part of the user -> level -> label of the runs at it, in order.
    """
    table = frames["simulated_users"]
    table = table[(table["task"] == task) & (table["model"] == model)]
    table = table[table["budget"] == budget].set_index("label")
    figure, grid = new_figure(
        len(amounts), len(parts), TEXT_WIDTH, 0.5 + 1.25 * len(amounts), sharey="row", sharex="col"
    )
    for row, amount in zip(grid, amounts, strict=True):
        shown = table.loc[table["amount"] == amount, COLUMNS]
        shown.loc[base] = 0.0
        for axes, levels in zip(row, parts.values(), strict=True):
            value, low, high = (shown[name].reindex(list(levels.values())) for name in COLUMNS)
            spread = [value - low, high - value]
            axes.errorbar(range(len(levels)), value, spread, fmt="o-", ms=3, lw=1, color=AFTER)
            axes.axhline(0, color=FAINT, lw=0.8, zorder=1)
            axes.set(xticks=range(len(levels)), xlim=(-0.5, len(levels) - 0.5))
            axes.set_xticklabels([str(level) for level in levels])
        row[0].set_ylabel(f"more left,\n{amount:g} {BUDGETS[budget]}")
    for axes, part in zip(grid[-1], parts, strict=True):
        axes.set_xlabel(part)
    return figure
