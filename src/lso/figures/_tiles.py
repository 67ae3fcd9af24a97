"""A latent grid of binary images, each at its latent position, and the queries made there."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from jaxtyping import Float
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lso.figures._style import INK

BACKGROUND = 0.95  # grey level of a tile; the gaps between tiles are white
MARK = {"marker": "o", "ls": "", "ms": 2.6, "mfc": "white", "mec": INK, "mew": 0.6, "alpha": 0.9}


def draw_tiles(
    axes: Axes, tiles: pd.DataFrame, shape: tuple[int, int], colour_of: Callable[[float], tuple]
) -> None:
    """Draw the images of a latent grid at their latent positions.

    Args:
        axes: to draw into.
        tiles: columns z0, z1, x (binary images, pixels packed row by row; null leaves a gap), y.
        shape: height and width of an image in pixels.
        colour_of: score -> red, green, blue in [0, 1] of its image.
    """
    across, up = np.unique(tiles["z0"]), np.unique(tiles["z1"])
    gap = max(1, shape[0] // 16)
    height, width = shape[0] + gap, shape[1] + gap
    montage = np.ones((len(up) * height, len(across) * width, 3))
    for tile in tiles.dropna(subset=["x"]).itertuples():
        top = (len(up) - 1 - np.searchsorted(up, tile.z1)) * height + gap // 2
        left = np.searchsorted(across, tile.z0) * width + gap // 2
        image = _paint(tile.x, shape, np.array(colour_of(tile.y)))
        montage[top : top + shape[0], left : left + shape[1]] = image
    axes.imshow(montage, extent=(*_ends(across), *_ends(up)), interpolation="nearest")
    axes.grid(False)
    axes.spines[:].set_visible(False)


def queries_by(stage: str, history: pd.DataFrame) -> int:
    """How many queries of a run were made by a stage: `before`, `query 50` or `after`."""
    ends = {"before": 0, "after": len(history)}
    return ends[stage] if stage in ends else int(stage.removeprefix("query "))


def mark_queries(axes: Axes, history: pd.DataFrame, label: str) -> Line2D:
    """Mark queries (column z, of two or more dimensions) on a map; returns what a legend shows."""
    z = np.array([z[:2] for z in history["z"]]).reshape(-1, 2)
    (marks,) = axes.plot(*z.T, **MARK, zorder=3, label=label)
    return marks


def _paint(x: bytes, shape: tuple[int, int], colour: np.ndarray) -> Float[np.ndarray, "h w 3"]:
    pixels = np.unpackbits(np.frombuffer(x, np.uint8), count=shape[0] * shape[1])
    return np.where(pixels.reshape(*shape, 1).astype(bool), colour, BACKGROUND)


def _ends(positions: np.ndarray) -> tuple[float, float]:
    """Outer edges of a row of tiles centred at these equally spaced positions."""
    half = (positions[-1] - positions[0]) / max(1, len(positions) - 1) / 2 or 0.5
    return float(positions[0] - half), float(positions[-1] + half)
