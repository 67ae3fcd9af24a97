"""One look for all figures: theme, sizes, colours, legends."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import wraps
from typing import Any, TypeVar

import matplotlib as mpl
import matplotlib.style
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure

Drawn = TypeVar("Drawn")  # a figure, or what moves one

TEXT_WIDTH, COLUMN_WIDTH = 6.75, 3.35  # inches, those of a two-column page
LEGEND_INCHES = 0.5, 0.052  # of an entry without text, of a letter
LEGEND_ROWS, ROW_INCHES = 3, 0.16  # figures have room for so many rows and grow by each other one
INK, FAINT = "#303030", "#8a8a8a"
BEFORE, AFTER = "#a6a6a6", "#0173b2"
# seaborn's "colorblind", the most distinct first; importing seaborn would take longer than drawing
PALETTE = ("#0173b2", "#d55e00", "#029e73", "#cc78bc", "#56b4e9")
PALETTE += ("#de8f05", "#949494", "#ca9161", "#ece133", "#fbafe4")
PALETTE += ("#332288", "#882255")  # indigo and wine of Paul Tol's "muted", darker than all others
SCORES = ListedColormap(mpl.colormaps["YlGnBu"](np.linspace(0.3, 1, 256)))  # from low to high
LEVEL = 0.05  # a p-value below it is drawn as a difference
THEME = "seaborn-v0_8-ticks"
RC = {
    "font.sans-serif": ["DejaVu Sans"],  # which matplotlib brings
    "patch.edgecolor": "w",
    "patch.force_edgecolor": True,
    "font.size": 8,
    "axes.titlesize": 8.5,
    "axes.labelsize": 8,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.linewidth": 0.6,
    "grid.linewidth": 0.4,
    "grid.color": "#e6e6e6",
    "lines.linewidth": 1.4,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 1.5,
    "ytick.minor.size": 1.5,
    "xtick.minor.width": 0.4,
    "ytick.minor.width": 0.4,
    "xtick.bottom": True,
    "ytick.left": True,
    "figure.dpi": 150,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def styled(draw: Callable[..., Drawn]) -> Callable[..., Drawn]:
    """Run a drawing function under the theme, leaving the caller's settings alone."""

    @wraps(draw)
    def draw_styled(*args, **settings) -> Any:
        with mpl.style.context([THEME, {"axes.grid": True, **RC}]):
            return draw(*args, **settings)

    return draw_styled


def new_figure(
    rows: int, columns: int, width: float | int, height: float | int, **settings
) -> tuple[Figure, np.ndarray]:
    """A figure that belongs to no global state, and its (rows, columns) axes.

    Args:
        rows: rows of panels.
        columns: columns of panels.
        width: of the whole figure, in inches.
        height: of the whole figure, in inches.
        settings: more for `Figure.subplots`.
    """
    figure = Figure(figsize=(width, height), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.05, h_pad=0.03, wspace=0.05, hspace=0.03)
    return figure, figure.subplots(rows, columns, squeeze=False, **settings)


def width_of(columns: int) -> float:
    """One panel takes a column of the page, more take the width of its text."""
    return COLUMN_WIDTH if columns == 1 else TEXT_WIDTH


def colours_of(
    labels: Sequence[str], colours: Mapping[str, int] | None = None
) -> dict[str, tuple[float, float, float]]:
    """One colour-blind safe colour per label.

    Args:
        labels: in the order of the legend, which is that of the colours.
        colours: fixed positions in the palette (0 to 11), so that a setting keeps its colour in
            every figure of a study; labels not named take their place in the order.
    """
    positions = {label: i for i, label in enumerate(labels)} | dict(colours or {})
    return {label: to_rgb(PALETTE[positions[label] % len(PALETTE)]) for label in labels}


def pick(labels: Sequence[str] | None, known: Iterable[str]) -> list[str]:
    """The wanted labels in their order, or all known ones in theirs."""
    return list(labels) if labels else list(dict.fromkeys(known))


def legend_below(figure: Figure, handles: Sequence, most: int) -> None:
    """One legend for all panels, under them, read row by row, in even rows of `most` or fewer."""
    if not handles:
        return
    widest = LEGEND_INCHES[0] + LEGEND_INCHES[1] * max(len(h.get_label()) for h in handles)
    most = max(1, min(most, int(figure.get_figwidth() / widest)))
    rows = -(-len(handles) // most)
    figure.set_figheight(figure.get_figheight() + ROW_INCHES * max(0, rows - LEGEND_ROWS))
    columns = -(-len(handles) // rows)
    by_column = [handle for i in range(columns) for handle in handles[i::columns]]
    figure.legend(handles=by_column, loc="outside lower center", ncols=columns, handlelength=2.2)


def draw_intervals(axes: Axes, rows: pd.DataFrame, labels: Iterable[str], most_seeds: int) -> None:
    """From top to bottom a point and its interval per label.

    Args:
        axes: where to draw.
        rows: columns value, low, high, seeds, by label; an interval of NaN is left out.
        labels: from top to bottom; those without a row keep their place.
        most_seeds: of a row of the figure; rows of fewer say of how many they are.
    """
    labels = list(labels)
    names = []
    if rows.index.has_duplicates:
        raise ValueError(f"several rows of {rows.index[rows.index.duplicated()][0]!r}, choose")
    for place, label in enumerate(labels):
        names.append(label)
        if label in rows.index:
            row = rows.loc[label]
            if row["seeds"] < most_seeds:
                names[-1] += f" (n={row['seeds']})"
            axes.hlines(place, row["low"], row["high"], color=AFTER, lw=2, alpha=0.5)
            axes.plot(row["value"], place, "o", color=AFTER, ms=3.5)
    axes.set(yticks=range(len(labels)), yticklabels=names, ylim=(len(labels) - 0.5, -0.5))


def p_value_text(p_value: float) -> dict[str, str]:
    """Text and looks of a p-value; none where it is NaN."""
    if np.isnan(p_value):
        return {"text": ""}
    text = f"{p_value:.2g}" if p_value >= 0.001 else "<.001"
    found = p_value < LEVEL
    looks = {"color": AFTER if found else INK, "weight": "bold" if found else "normal"}
    return {"text": text} | looks


def nothing_to_draw(reason: str) -> Figure:
    """A figure that says why it is empty, where a study is not finished."""
    figure, grid = new_figure(1, 1, COLUMN_WIDTH, 0.8)
    say(grid[0, 0], reason)
    return figure


def say(axes: Axes, text: str) -> None:
    """Fill a panel that has nothing to show with a word about it."""
    blank(axes)
    axes.text(0.5, 0.5, text, transform=axes.transAxes, ha="center", va="center", color=FAINT)


def blank(axes: Axes) -> None:
    """Leave a panel without axes, for pictures and for places that hold nothing."""
    axes.set(xticks=[], yticks=[])
    axes.grid(False)
    for spine in axes.spines.values():
        spine.set_visible(False)
