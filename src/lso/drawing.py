"""One figure from its config entry and its frames, as a file."""

import importlib
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from lso.kinds import module_name
from lso.storage import write


def draw(entry: Mapping, frames: Mapping[str, pd.DataFrame]) -> Figure | FuncAnimation:
    """Return the figure of a config entry {kind, settings...}.

    Args:
        entry: of `figures` of a study, without frames and caption.
        frames: what the kind reads, by name.
    """
    settings = {key: value for key, value in entry.items() if key != "kind"}
    return importlib.import_module(module_name("figures", entry["kind"])).draw(frames, **settings)


def save(figure: Figure | FuncAnimation, path: str | Path) -> None:
    """Write a picture, the same to the byte in every run; its suffix says png, pdf, svg or gif.

    Raises:
        StorageError: the folder is read-only or the disk is full.
    """
    kind = Path(path).suffix[1:]
    write(path, lambda p: _write(figure, p, kind), lambda p: p.stat().st_size)


def _write(figure: Figure | FuncAnimation, path: Path, kind: str) -> None:
    if isinstance(figure, FuncAnimation):
        named = path.with_name(f"{path.name}.{kind}")  # the library goes by the suffix
        figure.save(named, writer="pillow", dpi=120)
        named.replace(path)
        return
    if any(axes.get_aspect() != "auto" for axes in figure.axes):
        figure.draw_without_rendering()  # the room that a fixed aspect leaves is known by then
    stamp = {"png": "Software", "pdf": "CreationDate", "svg": "Date"}[kind]
    with mpl.rc_context({"svg.hashsalt": "lso"}):
        figure.savefig(path, format=kind, metadata={stamp: None}, dpi=200)
    figure.set_layout_engine("none")  # what was laid out once serves the next format
