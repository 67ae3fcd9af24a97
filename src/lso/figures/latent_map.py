"""What the decoder makes of the latent plane, from stage to stage of a run."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from lso.figures._style import SCORES, TEXT_WIDTH, legend_below, new_figure, pick, styled
from lso.figures._tiles import draw_tiles, mark_queries, queries_by

FRAMES = ("latents", "history")
STAGES = ("before", "after")


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    shape: Sequence[int],
    value_label: str,
    title: str = "",
    latest_queries: int = 0,
    stages: Sequence[str] = STAGES,
) -> Figure:
    """Draw the decoded latent grid as tiles at their latent positions, coloured by score.

    Args:
        frames: `latents` with columns stage, z0, z1, x (binary images, pixels packed row by row),
            y; `history` of the same run (columns z, y), used only for `latest_queries`.
        shape: height and width of an image in pixels.
        value_label: name of the score.
        title: of the figure.
        latest_queries: how many of the queries made by each stage to mark on its map, the last.
        stages: of the run, such as `query 50`; one map each, from left to right.
    """
    latents, history = frames["latents"], frames["history"]
    stages = pick(stages, latents["stage"])
    scale = Normalize(0, max(1.0, float(latents["y"].max())))
    height = 0.65 + 0.2 * bool(latest_queries) + (TEXT_WIDTH - 0.9) / len(stages)  # maps are square
    figure, (row,) = new_figure(1, len(stages), TEXT_WIDTH, height, sharex=True, sharey=True)
    for axes, stage in zip(row, stages, strict=True):
        tiles = latents[latents["stage"] == stage]
        draw_tiles(axes, tiles, tuple(shape), lambda y: SCORES(scale(y))[:3])
        axes.set(title=stage, xlabel="latent dimension 1")
        asked = history.head(queries_by(stage, history)).tail(latest_queries)
        marks = mark_queries(axes, asked, f"last {latest_queries} queries")
    row[0].set_ylabel("latent dimension 2")
    figure.suptitle(title, fontsize="medium")
    if latest_queries:
        legend_below(figure, [marks], 1)
    figure.colorbar(
        ScalarMappable(scale, SCORES), ax=list(row), label=value_label, shrink=0.8, pad=0.01
    ).outline.set_visible(False)
    return figure
