"""Performance profiles: how many runs of a setting score more than every threshold."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.evaluation.uncertainty import performance_profile
from lso.figures._style import colours_of, legend_below, new_figure, pick, styled, width_of

FRAMES = ("summary",)
POINTS = 101  # thresholds between the lowest and the highest score


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    query: int,
    panels: Sequence[Mapping[str, Any]],
    statistic: str = "best",
    labels: Sequence[str] | None = None,
    colours: Mapping[str, int] | None = None,
    reference: str | None = None,
) -> Figure:
    """Draw one panel per task, and with a reference one of all tasks together.

    There scores are on one scale: 0 is the mean of the reference, 1 the best run of the task. A
    setting is in that panel if it was run in every task. Bands are 95 % intervals of the
    stratified bootstrap.

    Args:
        frames: `summary`.
        query: after so many queries; runs that have fewer, or no value there, are left out.
        panels: one mapping per panel: `task`, `title`, `x_label`.
        statistic: `best`, `top10` or `top50`.
        labels: settings to draw, in the order of the legend; all by default.
        colours: positions in the palette, see `colours_of`.
        reference: label of the setting whose mean is 0 in the panel of all tasks, which is
            empty and says so if a task has no run of it.
    """
    summary = frames["summary"]
    reached = summary[summary["query"] == query].dropna(subset=[statistic])
    labels = pick(labels, reached["label"])
    palette = colours_of(labels, colours)
    scores = {panel["task"]: _scores(reached, panel["task"], statistic, labels) for panel in panels}
    count = len(panels) + (reference is not None)
    figure, (row,) = new_figure(1, count, width_of(count), 2.3, sharey=True)
    for axes, panel in zip(row, panels, strict=False):
        _draw_panel(axes, {name: [y] for name, y in scores[panel["task"]].items()}, palette)
        axes.set(title=panel["title"], xlabel=panel["x_label"])
    if reference is not None:
        missing = [task for task, settings in scores.items() if reference not in settings]
        _draw_panel(row[-1], {} if missing else _on_one_scale(scores, reference), palette)
        title = f"no {reference} in {', '.join(missing)}" if missing else "All tasks"
        row[-1].set(title=title, xlabel=f"0: mean of {reference}\n1: best run of a task")
    row[0].set(ylabel="share of runs above", ylim=(-0.03, 1.03))
    handles = [Line2D([], [], color=palette[label], label=label) for label in labels]
    legend_below(figure, handles, 2 if count == 1 else 5)
    return figure


def _scores(
    reached: pd.DataFrame, task: str, statistic: str, labels: Sequence[str]
) -> dict[str, np.ndarray]:
    runs = reached[(reached["task"] == task) & reached["label"].isin(labels)]
    return {name: part[statistic].to_numpy() for name, part in runs.groupby("label", sort=False)}


def _on_one_scale(
    scores: Mapping[str, Mapping[str, np.ndarray]], reference: str
) -> dict[str, list[np.ndarray]]:
    """Label -> its scores in every task, for the labels that all tasks have."""
    pooled: dict[str, list[np.ndarray]] = {}
    for settings in scores.values():
        low, high = settings[reference].mean(), max(y.max() for y in settings.values())
        for label, y in settings.items():
            pooled.setdefault(label, []).append((y - low) / ((high - low) or 1.0))
    return {label: strata for label, strata in pooled.items() if len(strata) == len(scores)}


def _draw_panel(
    axes: Axes, settings: Mapping[str, Sequence[np.ndarray]], palette: Mapping[str, Any]
) -> None:
    if not settings:
        return
    everything = np.concatenate([y for strata in settings.values() for y in strata])
    width = np.ptp(everything) or 1.0
    thresholds = np.linspace(everything.min() - 0.05 * width, everything.max(), POINTS)
    for label, strata in settings.items():
        value, low, high = performance_profile(strata, thresholds, np.random.default_rng(0))
        axes.fill_between(
            thresholds, low, high, step="post", color=palette[label], alpha=0.13, lw=0
        )
        axes.step(thresholds, value, where="post", color=palette[label])
