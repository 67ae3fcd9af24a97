"""Singular values of decoders, and which singular vectors point at the optimum."""

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import TEXT_WIDTH, colours_of, legend_below, new_figure, styled

FRAMES = ("spectra",)
SMALLEST = 1e-5  # of what is shown, over the largest


@styled
def draw(frames: dict[str, pd.DataFrame], *, models: Mapping[str, str] | None = None) -> Figure:
    """Draw two panels: singular values over the largest, and alignment with the optimum.

    Args:
        frames: `spectra` with columns model, seed, rank, singular_value, alignment.
        models: model -> name in the legend; all by default.
    """
    table = frames["spectra"]
    models = {m: m for m in table["model"].drop_duplicates()} if models is None else models
    palette = colours_of(list(models))
    figure, ((values, ways),) = new_figure(1, 2, TEXT_WIDTH, 2.6)
    for model, colour in palette.items():
        for _, case in table[table["model"] == model].groupby("seed"):
            case = case.sort_values("rank")
            largest = case["singular_value"].iloc[0]
            values.plot(case["rank"], case["singular_value"] / largest, color=colour, lw=0.9)
            ways.plot(case["rank"], case["alignment"], ".-", ms=3, color=colour, lw=0.5)
    for axes in (values, ways):
        axes.set_xscale("log", base=2)
        axes.xaxis.set_major_formatter("{x:g}")
        axes.set_xlabel("rank")
    values.set(yscale="log", ylabel="singular value / largest")
    values.set_ylim(bottom=max(values.get_ylim()[0], SMALLEST))
    ways.set(ylabel="|cos| with the way to the optimum", ylim=(-0.03, 1.03))
    handles = [Line2D([], [], color=palette[m], label=name) for m, name in models.items()]
    legend_below(figure, handles, 4)
    return figure
