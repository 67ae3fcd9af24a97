"""What is left of the start's score against sliders and against time, the released code behind."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import FAINT, TEXT_WIDTH, colours_of, legend_below, new_figure, pick, styled

FRAMES = ("summary", "published_sliders")
SMALLEST = 1e-6  # shares below it are drawn on the axis
LITTLE = 0.05  # axes are logarithmic only where less is left


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    model: str,
    latent_dim: int,
    published: Mapping[str, str],
    positions: int = 1001,
    labels: Sequence[str] | None = None,
    solved: float = 0.01,
) -> Figure:
    """Draw three panels: share left against sliders, against seconds, and share of runs solved.

    Every run is a hair line and the median of a setting a bold one: searches either converge or
    stall, so that a mean would show neither.

    Args:
        frames: `summary`; `published_sliders` with columns method, positions, latent_dim, seed,
            sliders, share_left.
        task: whose runs.
        model: whose runs.
        latent_dim: d, of the published runs to show.
        published: label -> published method, drawn dashed.
        positions: of a slider in the published runs to show.
        labels: settings in the order of the legend; all by default.
        solved: share of the start's score below which a run counts as solved.
    """
    runs = frames["summary"]
    runs = runs[(runs["task"] == task) & (runs["model"] == model)]
    runs = runs.assign(sliders=runs["query"] - 1, share_left=runs["share_left"].clip(SMALLEST))
    theirs = frames["published_sliders"]
    theirs = theirs[(theirs["latent_dim"] == latent_dim) & (theirs["positions"] == positions)]
    theirs = theirs.assign(share_left=theirs["share_left"].clip(SMALLEST))
    labels = pick(labels, runs["label"])
    palette = colours_of(labels)
    figure, ((sliders, seconds, share),) = new_figure(1, 3, TEXT_WIDTH, 2.9)
    released = theirs[theirs["method"].isin(published.values())]
    widths = np.linspace(4, 1.5, len(palette))  # curves that coincide stay visible
    for (label, colour), width in zip(palette.items(), widths, strict=True):
        ours = runs[runs["label"] == label]
        _draw_runs(sliders, ours, colour)
        for _, run in ours.groupby("seed"):
            seconds.plot(run["seconds"], run["share_left"], color=colour, lw=0.7, alpha=0.7)
        curve = (ours["share_left"] <= solved).groupby(ours["sliders"]).mean()
        share.step(curve.index, curve, where="post", color=colour, lw=width)
        behind = released[released["method"] == published.get(label)]
        if len(behind):
            middle = behind.groupby("sliders")["share_left"].median()
            sliders.plot(middle.index, middle, color=colour, lw=1, ls=(0, (3, 1.5)), zorder=1.5)
    scale = "log" if runs["share_left"].min() < LITTLE else "linear"
    sliders.set(xlabel="sliders", ylabel="share of the start's score left", yscale=scale)
    seconds.set(xlabel="seconds of computing", xscale="log", yscale=scale)
    share.set(xlabel="sliders", ylabel=f"share of runs below {solved:g}", ylim=(-0.03, 1.03))
    handles = [Line2D([], [], color=colour, label=label) for label, colour in palette.items()]
    if len(released):
        line = Line2D([], [], color=FAINT, ls=(0, (3, 1.5)), lw=1, label="released code, median")
        handles.append(line)
    legend_below(figure, handles, 3)
    return figure


def _draw_runs(axes: Axes, runs: pd.DataFrame, colour) -> None:
    curves = runs.pivot(index="sliders", columns="seed", values="share_left")
    if curves.shape[1] > 1:
        axes.plot(curves.index, curves, color=colour, lw=0.4, alpha=0.4)
    axes.plot(curves.index, curves.median(axis="columns"), color=colour)
