"""Loss and its parts during training, one row of panels per model."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from lso.figures._style import AFTER, FAINT, TEXT_WIDTH, legend_below, new_figure, pick, styled

FRAMES = ("training",)
PARTS = {"loss": "loss", "reconstruction": "reconstruction", "kl": "KL divergence"}
SPLITS = {"training": (FAINT, "-", 1.0), "validation": (AFTER, "-", 1.6)}


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    models: Sequence[str] | None = None,
    titles: Mapping[str, str] | None = None,
    log_y: bool = False,
) -> Figure:
    """Draw loss, reconstruction and KL against epochs, training and validation.

    Rows of the frame that share an epoch are averaged. Axes are not shared: losses of different
    objects have no common scale.

    Args:
        frames: `training` with columns model, epoch, split, loss, reconstruction, kl.
        models: which models, from top to bottom; all by default.
        titles: display names of models.
        log_y: logarithmic vertical axes.
    """
    training = frames["training"]
    models = pick(models, training["model"])
    height = 0.35 + 1.45 * len(models)
    figure, grid = new_figure(len(models), len(PARTS), TEXT_WIDTH, height)
    for model, row in zip(models, grid, strict=True):
        runs = training[training["model"] == model]
        means = runs.groupby(["split", "epoch"])[list(PARTS)].mean()
        for (part, name), axes in zip(PARTS.items(), row, strict=True):
            for split, (colour, line, width) in SPLITS.items():
                if split in means.index:
                    curve = means.loc[split, part]
                    marker = "." if len(curve) == 1 else ""
                    axes.plot(curve.index, curve, line, color=colour, lw=width, marker=marker)
            axes.set(yscale="log" if log_y else "linear")
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
            if model == models[0]:
                axes.set_title(name)
            if model == models[-1]:
                axes.set_xlabel("epoch")
        row[0].set_ylabel((titles or {}).get(model, model))
    handles = [
        Line2D([], [], color=colour, linestyle=line, linewidth=width, label=split)
        for split, (colour, line, width) in SPLITS.items()
    ]
    legend_below(figure, handles, 2)
    return figure
