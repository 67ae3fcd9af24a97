"""Draw one figure from the frames that its config entry names."""

import importlib
import sys

import matplotlib.pyplot as plt
import pandas as pd

from lso.components import module_name
from lso.storage import read_frame, write


def draw(entry: dict, frames: dict[str, pd.DataFrame]) -> plt.Figure:
    """Return the figure of a config entry {kind, settings...}."""
    settings = {key: value for key, value in entry.items() if key != "kind"}
    return importlib.import_module(module_name("figures", entry["kind"])).draw(frames, **settings)


if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    frames = {
        name: pd.concat([read_frame(p) for p in ([paths] if isinstance(paths, str) else paths)])
        for name, paths in snakemake.input.items()
    }
    figure = draw(snakemake.params.figure, frames)
    for kind, path in snakemake.output.items():
        stamp = {"CreationDate": None} if kind == "pdf" else {"Software": None}
        write(
            path,
            lambda p, k=kind, m=stamp: figure.savefig(p, format=k, metadata=m, dpi=200),
            lambda p: p.stat().st_size,
        )
