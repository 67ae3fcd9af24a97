"""Summarise all histories of a study: best so far per query."""

from lso.evaluation.metrics import summarise
from lso.job import begin
from lso.storage import read_history, write_table

COLUMNS = ["query", "x", "y", "valid", "seconds", "shown"]

if "snakemake" in globals():
    begin(snakemake.log[0])
    runs = []
    for path in snakemake.input:
        record, frame = read_history(path, COLUMNS)
        runs.append((record | {"label": snakemake.params.labels[record["method"]]}, frame))
    write_table(snakemake.output[0], summarise(runs))
