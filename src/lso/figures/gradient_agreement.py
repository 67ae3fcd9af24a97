"""What the arithmetic of a score does to its values and to the directions of its gradients."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import (
    FAINT,
    TEXT_WIDTH,
    colours_of,
    legend_below,
    new_figure,
    pick,
    styled,
)

FRAMES = ("gradient_points",)


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    scores: Sequence[str] | None = None,
    models: Mapping[str, str] | None = None,
) -> Figure:
    """Draw a row per model: values against the reference's, and cosines with its gradients.

    The right panel has the share of points whose cosine is at most the one below; points without
    a direction are left out.

    Args:
        frames: `gradient_points` with columns model, point, score, reference, value, cosine.
        scores: those to draw beside the reference, in the order of the legend; all by default.
        models: model -> title, from top to bottom; all by default.
    """
    table = frames["gradient_points"]
    titles = {name: name for name in table["model"].unique()} if models is None else models
    reference = table["reference"].iloc[0]
    shown = [name for name in pick(scores, table["score"]) if name != reference]
    palette = colours_of(shown)
    figure, grid = new_figure(len(titles), 2, TEXT_WIDTH, 0.4 + 2.3 * len(titles))
    for (model, title), (values, ways) in zip(titles.items(), grid, strict=True):
        part = table[table["model"] == model]
        exact = part[part["score"] == reference].set_index("point")["value"]
        values.axline((exact.median(), exact.median()), slope=1, color=FAINT, lw=0.8, zorder=1)
        ways.axvline(0, color=FAINT, lw=0.8, zorder=1)
        for name, colour in palette.items():
            ours = part[part["score"] == name].set_index("point")
            finite = ours[np.isfinite(ours["value"])]
            values.plot(
                exact[finite.index], finite["value"], "o", ms=2.4, mew=0, color=colour, alpha=0.7
            )
            cosines = np.sort(ours["cosine"].dropna())
            ways.step(cosines, np.arange(1, len(cosines) + 1) / max(len(cosines), 1), color=colour)
        values.set(xlabel=reference, ylabel="score", title=title)
        ways.set(
            xlabel=f"cosine with the gradient of {reference}",
            ylabel="share of points",
            xlim=(-1.03, 1.03),
            ylim=(-0.03, 1.03),
            title=title,
        )
    legend_below(figure, [Line2D([], [], color=c, label=name) for name, c in palette.items()], 3)
    return figure
