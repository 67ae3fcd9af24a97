"""Score the objects of a task, choose which are known at the start and which validate."""

import logging
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pandas as pd

from lso.components import build
from lso.job import begin
from lso.storage import read_table, write_table


def score(x: list, task: dict, workers: int) -> pd.DataFrame:
    """Return x, y, validation; objects without a finite score are dropped."""
    objective = build("objectives", task["objective"])
    chunks = [x[i : i + 1000] for i in range(0, len(x), 1000)]
    if workers > 1 and len(chunks) > 1:
        with ProcessPoolExecutor(workers, get_context("fork")) as pool:
            y = np.concatenate(list(pool.map(objective, chunks)))
    else:
        y = np.concatenate([objective(chunk) for chunk in chunks])
    frame = pd.DataFrame({"x": x, "y": y})
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
    objects = read_table(snakemake.input[0])["x"].to_pylist()
    frame = score(objects, snakemake.params.task, snakemake.threads)
    write_table(snakemake.output[0], frame.assign(task=snakemake.wildcards.task))
