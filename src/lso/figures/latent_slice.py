"""Planes of the latent space, and where searches with and without a latent score cross them."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from lso.figures._style import INK, SCORES, TEXT_WIDTH, colours_of, legend_below, new_figure, styled

FRAMES = ("slice_map", "slice_paths")
INVALID = "#d9d9d9"
LONGEST = 26  # letters of a decoded object


@styled
def draw(
    frames: dict[str, pd.DataFrame], *, values: Mapping[str, str], colours: Mapping[str, int]
) -> Figure:
    """Draw a column per start and a row per value: the map, and the paths over it.

    Invalid points of the map are grey where the value is a score of the object; elsewhere a line
    runs around the valid ones. Above each column stands what the start decodes to, below it what
    the ends of the paths decode to.

    Args:
        frames: `slice_map` and `slice_paths`, as `lso.latent_slices.trace_and_slice` returns them.
        values: column of the map (`score`, `y`) -> its name.
        colours: label -> position in the palette, for the paths to draw.
    """
    drawn, paths = frames["slice_map"], frames["slice_paths"]
    starts = list(drawn["start"].unique())
    palette = colours_of(list(colours), colours)
    figure, grid = new_figure(len(values), len(starts), TEXT_WIDTH, 0.75 + 1.95 * len(values))
    for row, (value, name) in zip(grid, values.items(), strict=True):
        scale = Normalize(*drawn[value].quantile([0.02, 0.98]))
        for axes, start in zip(row, starts, strict=True):
            image = _draw_map(axes, drawn[drawn["start"] == start], value, scale)
            _draw_paths(axes, paths[paths["start"] == start], palette)
        bar = figure.colorbar(image, ax=list(row), label=name, shrink=0.85, pad=0.01, extend="both")
        bar.outline.set_visible(False)
    for top, bottom, start in zip(grid[0], grid[-1], starts, strict=True):
        own = paths[paths["start"] == start]
        top.set_title(_spell(own[own["step"] == 0].iloc[0]), fontfamily="monospace", fontsize=7)
        ends = own[own["step"] == own["step"].max()].set_index("label")
        text = [f"{label}: {_spell(ends.loc[label])}" for label in palette if label in ends.index]
        bottom.set_xlabel("\n".join(text), fontfamily="monospace", fontsize=6.2, loc="left")
    handles = [
        Line2D([], [], color=c, marker="o", ms=3, lw=1.4, label=n) for n, c in palette.items()
    ]
    handles.append(Line2D([], [], color=INK, marker="o", mfc="white", ls="", ms=5, label="start"))
    handles.append(Patch(fc=INVALID, ec=INK, lw=0.6, label="invalid"))
    legend_below(figure, handles, 5)
    return figure


def _draw_map(axes: Axes, part: pd.DataFrame, value: str, scale: Normalize):
    """Colours at the points of a plane, rows from the top; what is NaN is grey."""
    table = part.pivot(index="row", columns="column", values=value).to_numpy(float)
    valid = part.pivot(index="row", columns="column", values="x").notna().to_numpy()
    u, v = part["u"], part["v"]
    half = (u.max() - u.min()) / (table.shape[1] - 1) / 2  # of a cell
    extent = (u.min() - half, u.max() + half, v.min() - half, v.max() + half)
    axes.imshow(np.zeros_like(table), cmap=ListedColormap([INVALID]), extent=extent)
    image = axes.imshow(
        np.ma.masked_invalid(table),
        cmap=SCORES,
        norm=scale,
        extent=extent,
        interpolation="nearest",
    )
    if valid.any() and not valid.all():
        ends = (np.sort(u.unique()), np.sort(v.unique())[::-1])
        axes.contour(*ends, valid.astype(float), levels=[0.5], colors=INK, linewidths=0.5)
    axes.set(xticks=[], yticks=[], xlim=extent[:2], ylim=extent[2:])
    axes.grid(False)
    return image


def _draw_paths(axes: Axes, paths: pd.DataFrame, palette: Mapping) -> None:
    for label, colour in palette.items():
        own = paths[paths["label"] == label].sort_values("step")
        axes.plot(own["u"], own["v"], color="white", lw=2.6, zorder=2)
        axes.plot(own["u"], own["v"], "o-", color=colour, ms=2, lw=1.2, zorder=3)
        axes.plot(own["u"].iloc[-1:], own["v"].iloc[-1:], "o", color=colour, mec="white", ms=6)
    start = paths[paths["step"] == 0]
    axes.plot(start["u"], start["v"], "o", color="white", mec=INK, ms=5, zorder=4)


def _spell(row: pd.Series) -> str:
    """A decoded object, short enough for a panel."""
    if pd.isna(row["x"]):
        return "invalid"
    return row["x"] if len(row["x"]) <= LONGEST else f"{row['x'][: LONGEST - 1]}…"
