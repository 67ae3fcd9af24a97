"""The best binary images that each setting found."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lso.figures._gallery import draw_gallery
from lso.figures._style import FAINT, styled

FRAMES = ("best",)


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    shape: Sequence[int],
    labels: Sequence[str] | None = None,
    count: int = 8,
    title: str = "",
) -> Figure:
    """Draw images in a row per setting, best first.

    Args:
        frames: `best` with columns task, label, seed, query, x (pixels packed row by row), y.
        task: whose images.
        shape: height and width of an image in pixels.
        labels: settings from top to bottom; all by default.
        count: images per setting, over all its seeds.
        title: of the figure.
    """

    def draw_image(axes: Axes, x: bytes) -> None:
        pixels = np.unpackbits(np.frombuffer(x, np.uint8), count=shape[0] * shape[1])
        axes.imshow(pixels.reshape(*shape), cmap="Greys", vmin=0, vmax=1.2, interpolation="nearest")
        axes.spines[:].set(visible=True, color=FAINT)

    settings = {"task": task, "labels": labels, "count": count, "title": title}
    return draw_gallery(frames["best"], draw_image, aspect=1.35, **settings)
