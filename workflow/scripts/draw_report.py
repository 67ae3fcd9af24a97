"""Draw what the report shows of a study, at once: a process takes as long as a figure."""

from functools import cache

import pandas as pd

from lso.drawing import draw, save
from lso.job import begin
from lso.storage import read_frame

if "snakemake" in globals():
    begin(snakemake.log[0])
    read = cache(read_frame)
    for name, figure in snakemake.params.figures.items():
        frames = {key: pd.concat(map(read, paths)) for key, paths in figure["frames"].items()}
        save(draw(figure["settings"], frames), f"{snakemake.output[0]}/{name}")
