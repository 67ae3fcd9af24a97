"""Draw one figure, still or moving, from the frames that its config entry names."""

import pandas as pd

from lso.drawing import draw, save
from lso.job import begin
from lso.storage import read_frame

if "snakemake" in globals():
    begin(snakemake.log[0])
    frames = {
        name: pd.concat([read_frame(p) for p in ([paths] if isinstance(paths, str) else paths)])
        for name, paths in snakemake.input.items()
    }
    figure = draw(snakemake.params.figure, frames)
    # first for the screen: what is laid out once serves the other formats
    for path in sorted(snakemake.output, key=lambda path: not path.endswith(".png")):
        save(figure, path)
