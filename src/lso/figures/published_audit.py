"""What the released runs of a paper hold: best value against queries, by setting."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import AFTER, FAINT, INK, legend_below, new_figure, styled, width_of

FRAMES = ("audit",)


@styled
def draw(frames: dict[str, pd.DataFrame], *, panels: Sequence[Mapping[str, Any]]) -> Figure:
    """Draw every released run as a line up to its last query, with its best value marked there.

    Runs that stopped before their budget, and runs that repeat the queries of another setting,
    stand out.

    Args:
        frames: `audit` with columns task, strategy, setting, seed, budget, recorded, complete,
            best, best_query, same_queries_as.
        panels: one mapping per panel: `task`, `title`, `settings` from top to bottom.
    """
    audit = frames["audit"]
    most = max(len(panel["settings"]) for panel in panels)
    figure, (row,) = new_figure(1, len(panels), width_of(len(panels)), 0.9 + 0.42 * most)
    for axes, panel in zip(row, panels, strict=True):
        _draw_panel(axes, audit[audit["task"] == panel["task"]], panel["settings"])
        axes.set(title=panel["title"], xlabel="queries recorded")
    legend_below(
        figure,
        [
            Line2D([], [], color=FAINT, label="complete"),
            Line2D([], [], color=AFTER, label="stopped early"),
            Line2D([], [], color=FAINT, ls=":", label="same queries as another setting"),
            Line2D([], [], color=INK, marker="o", ms=3, ls="", label="best value"),
        ],
        4,
    )
    return figure


def _draw_panel(axes: Axes, runs: pd.DataFrame, settings: Sequence[str]) -> None:
    for place, setting in enumerate(settings):
        chosen = runs[runs["setting"] == setting].sort_values("seed")
        if chosen.empty:
            raise ValueError(f"no released run of the setting {setting!r}")
        for i, run in enumerate(chosen.itertuples()):
            y = place + (i - (len(chosen) - 1) / 2) * 0.16
            line = ":" if isinstance(run.same_queries_as, str) and run.same_queries_as else "-"
            colour = FAINT if run.complete else AFTER
            axes.hlines(y, 0, run.recorded, color=colour, lw=1.2, ls=line)
            axes.plot(run.best_query, y, "o", color=INK, ms=2)
            axes.annotate(
                f"{run.best:.3g}",
                (run.recorded, y),
                (2, 0),
                textcoords="offset points",
                va="center",
                fontsize=4.5,
                color=colour,
            )
    axes.set(yticks=range(len(settings)), yticklabels=settings, ylim=(len(settings) - 0.5, -0.5))
    axes.set_xlim(0, 1.12 * runs[runs["setting"].isin(settings)]["budget"].max())
    axes.grid(False, axis="y")
