"""The latent plane, and the queries made there, while a run goes on: one moving map."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd
from matplotlib.animation import FuncAnimation
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.lines import Line2D

from lso.figures._style import SCORES, legend_below, new_figure, styled
from lso.figures._tiles import draw_tiles, mark_queries, queries_by

FRAMES = ("latents", "history")
SIDE = 4.0  # inches
LAST = 3  # times as long as the others stands the last picture


class Picture(NamedTuple):
    """One picture: its title, whose map it shows, and the queries marked on it."""

    title: str
    stage: str
    queries: pd.DataFrame


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    shape: Sequence[int],
    value_label: str,
    every: int | None = None,
    milliseconds: int = 700,
) -> FuncAnimation:
    """Show the decoded latent grid at one stage of a run after the other.

    On each picture the queries since the one before are marked.

    Args:
        frames: `latents` with columns stage (in order), z0, z1, x (binary images, pixels packed
            row by row), y; `history` of the same run (column z).
        shape: height and width of an image in pixels.
        value_label: name of the score.
        every: a picture after so many queries, too, with the map of the stage that follows. That is
            the map of these queries if the model is trained once, before the first of them.
        milliseconds: how long each stage stands.
    """
    latents, history = frames["latents"], frames["history"]
    pictures = _pictures(list(latents["stage"].unique()), history, every)
    scale = Normalize(0, max(1.0, float(latents["y"].max())))
    figure, ((axes,),) = new_figure(1, 1, SIDE, 0.97 * SIDE)
    figure.colorbar(ScalarMappable(scale, SCORES), ax=axes, label=value_label, shrink=0.8)

    @styled  # pictures are drawn when they are saved
    def show(picture: Picture) -> Line2D:
        axes.clear()
        tiles = latents[latents["stage"] == picture.stage]
        draw_tiles(axes, tiles, tuple(shape), lambda y: SCORES(scale(y))[:3])
        axes.set(title=picture.title, xlabel="latent dimension 1", ylabel="latent dimension 2")
        axes.tick_params(labelsize=7)  # ticks are made when the theme is gone
        return mark_queries(axes, picture.queries, "queries since the picture before")

    legend_below(figure, [show(pictures[0])], 1)
    figure.draw_without_rendering()
    figure.set_layout_engine("none")  # or the map would move from picture to picture
    sequence = [*pictures, *pictures[-1:] * (LAST - 1)]
    return FuncAnimation(figure, show, sequence, interval=milliseconds)


def _pictures(stages: list[str], history: pd.DataFrame, every: int | None) -> list[Picture]:
    pictures, start = [], 0
    for stage in stages:
        end = queries_by(stage, history)
        between = range(start + every, end, every) if every else ()
        for title, stop in [*((f"query {stop}", stop) for stop in between), (stage, end)]:
            pictures.append(Picture(title, stage, history.iloc[start:stop]))
            start = stop
    return pictures
