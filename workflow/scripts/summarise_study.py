"""Summarise all histories of a study: best so far per query."""

import sys

from lso.evaluation.metrics import summarise
from lso.storage import read_history, write_table

COLUMNS = ["query", "x", "y", "valid", "seconds"]

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    runs = []
    for path in snakemake.input:
        record, frame = read_history(path, COLUMNS)
        runs.append((record | {"label": snakemake.params.labels[record["method"]]}, frame))
    write_table(snakemake.output[0], summarise(runs))
