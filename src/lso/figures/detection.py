"""How well scores of latent points detect valid decodes, and what they cost."""

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import FAINT, INK, TEXT_WIDTH, colours_of, legend_below, new_figure, styled

FRAMES = ("detection",)


@styled
def draw(frames: dict[str, pd.DataFrame]) -> Figure:
    """Draw one panel per model, areas with intervals by score and protocol; a last one of cost.

    Args:
        frames: `detection`, as `lso.evaluation.detection.summarise_detection` returns it.
    """
    table = frames["detection"]
    models, protocols = table["model"].unique(), list(table["protocol"].unique())
    scores = list(table["score"].unique())
    place = {score: -i for i, score in enumerate(scores)}
    palette = colours_of(protocols)
    height = 0.7 + 0.24 * len(scores)
    figure, (row,) = new_figure(1, len(models) + 1, TEXT_WIDTH, height, sharey=True)
    for axes, model in zip(row, models, strict=False):
        for i, protocol in enumerate(protocols):
            shown = table[(table["model"] == model) & (table["protocol"] == protocol)]
            y = shown["score"].map(place) + 0.12 - 0.24 * i
            spread = [shown["area"] - shown["low"], shown["high"] - shown["area"]]
            axes.errorbar(shown["area"], y, xerr=spread, fmt="o", ms=3, color=palette[protocol])
            axes.plot(shown["published"], y, "|", ms=9, mew=1.2, color=INK)
        axes.axvline(0.5, color=FAINT, lw=0.6)
        axes.set(title=model, xlabel="area under the ROC curve")
    cost = table.groupby("score", sort=False)["seconds"].mean()
    row[-1].barh([place[score] for score in cost.index], 1000 * cost, height=0.5, color=FAINT)
    row[-1].set(xscale="log", xlabel="ms per point", title="cost")
    row[0].set_yticks([place[score] for score in scores], scores)
    handles = [Line2D([], [], color=c, marker="o", ms=3, label=p) for p, c in palette.items()]
    if table["published"].notna().any():
        handles.append(Line2D([], [], color=INK, marker="|", ls="", ms=9, label="authors' code"))
    legend_below(figure, handles, 4)
    return figure
