"""Best value so far against queries: our mean over seeds, the published mean behind it."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import (
    INK,
    colours_of,
    legend_below,
    new_figure,
    pick,
    say,
    styled,
    width_of,
)

FRAMES = ("summary", "published")
PUBLISHED = {"best": "top1", "top10": "top10", "top50": "top50"}
AXES = {
    "query": "queries",
    "oracle_calls": "distinct objects scored",
    "seconds": "seconds of searching",
}
FEW = 5  # up to so many seeds are drawn one by one


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    panels: Sequence[Mapping[str, Any]],
    labels: Sequence[str] | None = None,
    colours: Mapping[str, int] | None = None,
    statistic: str = "best",
    x: str = "query",
    log_x: bool = False,
) -> Figure:
    """Draw one panel per task.

    Our runs: mean over seeds, as far as all of them reach, with a band of one population standard
    deviation; single seeds as hair lines while there are few. Against seconds, the mean best after
    as many queries stands over their mean seconds. Published: dashed mean over a lighter band.

    Args:
        frames: `summary` and `published`; either may be empty.
        panels: one mapping per panel: `task`, `title`, `y_label`; optional `y_range` (two
            numbers), `published` (label -> published setting; a label without runs of ours shows
            the published curve alone), `published_task` (defaults to the task), `models` (those
            drawn, if the task was run with others too).
        labels: settings to draw, in the order of the legend; all by default.
        colours: positions in the palette, see `colours_of`.
        statistic: `best`, `top10` or `top50`.
        x: `query`, or a cost for which no published curve exists, `oracle_calls` or `seconds`.
        log_x: logarithmic horizontal axis.
    """
    if statistic not in PUBLISHED or x not in AXES:
        raise ValueError(
            f"expected a statistic of {list(PUBLISHED)} against one of {list(AXES)}, "
            f"got {statistic!r} against {x!r}"
        )
    summary, published = frames["summary"], frames["published"]
    known = [*summary["label"], *(label for p in panels for label in p.get("published", {}))]
    labels = pick(labels, known)
    palette = colours_of(labels, colours)
    figure, grid = new_figure(1, len(panels), width_of(len(panels)), 2.35)
    drawn: set[str] = set()
    for axes, panel in zip(grid[0], panels, strict=True):
        ours = summary[summary["task"] == panel["task"]]
        ours = ours[ours["model"].isin(panel["models"])] if "models" in panel else ours
        theirs = published[published["task"] == panel.get("published_task", panel["task"])]
        theirs = theirs[theirs["statistic"] == PUBLISHED[statistic]]
        shown: set[str] = set()
        for label in labels:
            setting = panel.get("published", {}).get(label)
            curve = theirs[(theirs["setting"] == setting) & (x == "query")]
            found = _draw_published(axes, curve, palette[label])
            found |= _draw_ours(axes, ours[ours["label"] == label], statistic, x, palette[label])
            shown |= {label, *found} if found else set()
        _finish(axes, panel, AXES[x], log_x)
        if not shown:
            say(axes, "no finished runs")
        drawn |= shown
    legend_below(figure, _legend(palette, drawn), 2 if len(panels) == 1 else 5)
    return figure


def _draw_ours(axes: Axes, runs: pd.DataFrame, statistic: str, x: str, colour) -> set[str]:
    if runs.empty:
        return set()
    kinds = runs[["model", "method"]].drop_duplicates()
    if len(kinds) > 1:
        raise ValueError(f"one label stands for several runs, choose: {kinds.to_dict('records')}")
    # seconds differ from seed to seed: they are averaged where best values are, query by query
    by = "query" if x == "seconds" else x
    reached = runs[runs[x] > 0].drop_duplicates(["seed", by], keep="last")
    curves, places = (reached.pivot(index=by, columns="seed", values=v) for v in (statistic, x))
    shared = curves.dropna()  # the mean ends with the shortest run: nothing is carried forward
    mean, sd = shared.mean(axis="columns"), shared.std(axis="columns", ddof=0)
    place = places.loc[shared.index].mean(axis="columns")
    if 1 < curves.shape[1] <= FEW:
        axes.plot(places, curves, color=colour, linewidth=0.4, alpha=0.45, zorder=3)
    axes.fill_between(place, mean - sd, mean + sd, color=colour, alpha=0.18, lw=0, zorder=2)
    axes.plot(place, mean, color=colour, zorder=4)
    return {"ours"}


def _draw_published(axes: Axes, curve: pd.DataFrame, colour) -> set[str]:
    if curve.empty:
        return set()
    curve = curve.sort_values("query")
    low, high = curve["mean"] - curve["sd"], curve["mean"] + curve["sd"]
    axes.fill_between(curve["query"], low, high, color=colour, alpha=0.09, lw=0, zorder=0.5)
    axes.plot(
        curve["query"], curve["mean"], color=colour, ls=(0, (3, 1.5)), lw=1, alpha=0.75, zorder=1.5
    )
    return {"published"}


def _finish(axes: Axes, panel: Mapping[str, Any], x_label: str, log_x: bool) -> None:
    axes.set(title=panel["title"], xlabel=x_label, ylabel=panel["y_label"])
    if "y_range" in panel:
        axes.set_ylim(panel["y_range"])
    axes.margins(x=0)
    if log_x:
        axes.set_xscale("log")
    else:
        axes.set_xlim(left=0)


def _legend(palette: Mapping, drawn: set[str]) -> list[Line2D]:
    styles = {"ours": ("-", 1.4), "published": ((0, (3, 1.5)), 1.0)}
    settings = [(label, colour) for label, colour in palette.items() if label in drawn]
    return [Line2D([], [], color=colour, label=label) for label, colour in settings] + [
        Line2D([], [], color=INK, linestyle=line, linewidth=width, label=f"{name}, mean ± sd")
        for name, (line, width) in styles.items()
        if name in drawn
    ]
