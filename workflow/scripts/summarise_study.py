"""Summarise all histories of a study: best so far per query, best objects per run."""

import sys

import pandas as pd

from lso.evaluation.metrics import best_objects, summarise
from lso.history import metadata
from lso.storage import read_table, write_table


def read(path: str, labels: dict) -> tuple[dict, pd.DataFrame]:
    """Return metadata with the label of the method, and the columns that are needed."""
    table = read_table(path, ["query", "x", "y", "valid", "seconds"])
    record = metadata(table)
    return record | {"label": labels[record["method"]]}, table.to_pandas()


if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    runs = [read(path, snakemake.params.labels) for path in snakemake.input]
    write_table(snakemake.output.summary, summarise(runs))
    write_table(snakemake.output.best, best_objects(runs))
