"""Frames of sliders along singular vectors, a row each."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from lso.figures._style import TEXT_WIDTH, blank, new_figure, styled

FRAMES = ("strips",)


@styled
def draw(frames: dict[str, pd.DataFrame], *, shape: Sequence[int]) -> Figure:
    """Draw one row of grey images per singular vector, position 0 at the left.

    Args:
        frames: `strips` with columns rank, singular_value, position, x (grey levels 0 to 255 row
            by row, one byte each; null leaves a gap).
        shape: height and width of an image in pixels.
    """
    table = frames["strips"]
    ranks, positions = table["rank"].unique(), np.sort(table["position"].unique())
    side = TEXT_WIDTH / (len(positions) + 2)
    height = 0.35 + len(ranks) * (side + 0.04)
    figure, grid = new_figure(len(ranks), len(positions), TEXT_WIDTH, height)
    figure.get_layout_engine().set(w_pad=0.03, h_pad=0.01)
    for row, rank in zip(grid, ranks, strict=True):
        strip = table[table["rank"] == rank].set_index("position")
        for axes, position in zip(row, positions, strict=True):
            blank(axes)
            item = strip.loc[position, "x"]
            if isinstance(item, bytes):
                pixels = np.frombuffer(item, np.uint8).reshape(*shape)
                axes.imshow(pixels, cmap="Greys", vmin=0, vmax=255, interpolation="nearest")
        value = strip["singular_value"].iloc[0]
        label = f"$\\sigma_{{{rank}}}$ = {value:.2g}"
        row[0].set_ylabel(label, rotation=0, ha="right", va="center")
    for axes, position in zip(grid[-1], positions, strict=True):
        axes.set_xlabel(f"{position:.2g}", fontsize=6.5)
    return figure
