"""What a value of every score costs, and a value with its gradient."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from lso.figures._style import TEXT_WIDTH, colours_of, legend_below, new_figure, pick, styled

FRAMES = ("gradients",)
COSTS = {"seconds": ("value", "o"), "gradient_seconds": ("value and gradient", "D")}


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    scores: Sequence[str] | None = None,
    models: Mapping[str, str] | None = None,
) -> Figure:
    """Draw a panel per model: milliseconds per point, and as multiples of one likelihood.

    Args:
        frames: `gradients`, as `lso.evaluation.gradients.summarise_gradients` returns it.
        scores: from top to bottom; all by default, the dearest value first.
        models: model -> title, from left to right; all by default.
    """
    table = frames["gradients"]
    titles = {name: name for name in table["model"].unique()} if models is None else models
    dearest = table.groupby("score")["seconds"].mean().sort_values(ascending=False).index
    scores = pick(scores, dearest)
    palette = colours_of([label for label, _ in COSTS.values()])
    height = 0.95 + 0.2 * len(scores)
    figure, (row,) = new_figure(1, len(titles), TEXT_WIDTH, height, sharey=True)
    for axes, (model, title) in zip(row, titles.items(), strict=True):
        part = table[table["model"] == model].set_index("score").reindex(scores)
        for cost, (label, marker) in COSTS.items():
            axes.plot(1e3 * part[cost], range(len(scores)), marker, ms=4, color=palette[label])
        axes.set(xscale="log", xlabel="ms per point", title=title, ylim=(len(scores) - 0.5, -0.5))
        _count_in(axes, (1e3 * part["seconds"] / part["relative_seconds"]).mean())
    row[0].set_yticks(range(len(scores)), scores)
    handles = [
        Line2D([], [], color=palette[label], marker=marker, ls="", ms=4, label=label)
        for label, marker in COSTS.values()
    ]
    legend_below(figure, handles, 2)
    return figure


def _count_in(axes: Axes, unit: float) -> None:
    """A second axis above, in multiples of a unit; none where there is no unit."""
    if unit > 0:  # not NaN
        above = axes.secondary_xaxis("top", functions=(lambda x: x / unit, lambda x: x * unit))
        above.set_xlabel("over one likelihood")
