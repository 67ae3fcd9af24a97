"""Draw one figure, still or moving, from the frames that its config entry names."""

import importlib
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from lso.job import begin
from lso.kinds import module_name
from lso.storage import read_frame, write


def draw(entry: dict, frames: dict[str, pd.DataFrame]) -> Figure | FuncAnimation:
    """Return the figure of a config entry {kind, settings...}."""
    settings = {key: value for key, value in entry.items() if key != "kind"}
    return importlib.import_module(module_name("figures", entry["kind"])).draw(frames, **settings)


def save(figure: Figure | FuncAnimation, path: Path, kind: str) -> None:
    """Write a picture (png, pdf, svg or gif), the same to the byte in every run."""
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


if "snakemake" in globals():
    begin(snakemake.log[0])
    frames = {
        name: pd.concat([read_frame(p) for p in ([paths] if isinstance(paths, str) else paths)])
        for name, paths in snakemake.input.items()
    }
    figure = draw(snakemake.params.figure, frames)
    for kind, path in snakemake.output.items():
        write(path, lambda p, k=kind: save(figure, p, k), lambda p: p.stat().st_size)
