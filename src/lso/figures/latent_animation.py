"""The latent plane while a run retrains its model: one moving map."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.animation import FuncAnimation
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from lso.figures._style import SCORES, new_figure, styled
from lso.figures._tiles import draw_tiles

FRAMES = ("latents",)
SIDE = 4.0  # inches
LAST = 3  # times as long as the others stands the last picture


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    shape: Sequence[int],
    value_label: str,
    milliseconds: int = 700,
) -> FuncAnimation:
    """Show the decoded latent grid at one stage of a run after the other.

    Args:
        frames: `latents` with columns stage (in order), z0, z1, x (binary images, pixels packed
            row by row), y.
        shape: height and width of an image in pixels.
        value_label: name of the score.
        milliseconds: how long each stage stands.
    """
    latents = frames["latents"]
    stages = list(latents["stage"].unique())
    scale = Normalize(0, max(1.0, float(latents["y"].max())))
    figure, ((axes,),) = new_figure(1, 1, SIDE, 0.92 * SIDE)
    figure.colorbar(ScalarMappable(scale, SCORES), ax=axes, label=value_label, shrink=0.8)

    @styled  # pictures are drawn when they are saved
    def show(stage: str) -> None:
        axes.clear()
        tiles = latents[latents["stage"] == stage]
        draw_tiles(axes, tiles, tuple(shape), lambda y: SCORES(scale(y))[:3])
        axes.set(title=stage, xlabel="latent dimension 1", ylabel="latent dimension 2")
        axes.tick_params(labelsize=7)  # ticks are made when the theme is gone

    show(stages[0])
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # or the map would move from picture to picture
    sequence = [*stages, *stages[-1:] * (LAST - 1)]
    return FuncAnimation(figure, show, sequence, interval=milliseconds)
