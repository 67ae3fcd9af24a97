"""Score the objects of a task, choose which are known at the start and which validate."""

import logging
import sys

import numpy as np
import pandas as pd
import torch

from lso.components import build
from lso.job import begin
from lso.storage import read_table, write_table


def score(x: list, task: dict) -> pd.DataFrame:
    """Return x, y, validation; objects without a finite score are dropped."""
    objective = build("objectives", task["objective"])
    frame = pd.DataFrame({"x": x, "y": objective(x)})
    logging.info("%d of %d objects have no score", (~np.isfinite(frame.y)).sum(), len(frame))
    frame = frame[np.isfinite(frame.y)]
    if "at_most_quantile" in task:
        frame = frame[frame.y <= frame.y.quantile(task["at_most_quantile"])]
    held_out = np.random.default_rng(task["validation"]["seed"]).permutation(len(frame))
    number = int(task["validation"]["fraction"] * len(frame))
    return frame.assign(validation=np.isin(np.arange(len(frame)), held_out[:number]))


if "snakemake" in globals():
    begin(snakemake.log[0])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    torch.set_num_threads(snakemake.threads)
    objects = read_table(snakemake.input[0])["x"].to_pylist()
    frame = score(objects, snakemake.params.task)
    write_table(snakemake.output[0], frame.assign(task=snakemake.wildcards.task))
