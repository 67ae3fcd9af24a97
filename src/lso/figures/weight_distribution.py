"""Scores of the training objects, unweighted and weighted."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lso.figures._style import BEFORE, COLUMN_WIDTH, colours_of, legend_below, new_figure, styled

FRAMES = ("weights",)
WEIGHT = "weight: "


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    x_label: str,
    title: str = "",
    x_range: Sequence[float | int] | None = None,
    bins: int = 25,
) -> Figure:
    """Draw one density per column of weights over the unweighted one.

    Args:
        frames: `weights` with columns y, validation and any number of columns named
            `weight: <label>` (non-negative; only ratios matter). Validation rows are left out.
        x_label: name of the score.
        title: of the panel.
        x_range: lowest and highest score to draw; all scores by default. Densities are of the
            scores in this range.
        bins: number of bins.
    """
    objects = frames["weights"]
    objects = objects[~objects["validation"].astype(bool)]
    y = objects["y"].to_numpy(float)
    columns = [name for name in objects.columns if name.startswith(WEIGHT)]
    labels = [name.removeprefix(WEIGHT) for name in columns]
    edges = np.histogram_bin_edges(y, bins, tuple(x_range) if x_range is not None else None)
    figure, ((axes,),) = new_figure(1, 1, COLUMN_WIDTH, 2.4)
    unweighted, _ = np.histogram(y, edges, density=True)
    plain = axes.stairs(unweighted, edges, fill=True, color=BEFORE, alpha=0.55, label="unweighted")
    handles = [plain]
    for name, (label, colour) in zip(columns, colours_of(labels).items(), strict=True):
        density, _ = np.histogram(y, edges, weights=objects[name], density=True)
        handles.append(axes.stairs(density, edges, color=colour, linewidth=1.3, label=label))
    axes.set(xlabel=x_label, ylabel="density", title=title)
    axes.margins(x=0)
    axes.grid(False, axis="x")
    legend_below(figure, handles, 3)
    return figure
