"""Summarise all histories of a study: best so far per query."""

from pathlib import Path

from lso.evaluation.metrics import summarise
from lso.job import begin
from lso.storage import read_frame, read_history, write_table

COLUMNS = ["query", "x", "y", "valid", "seconds", "shown"]

if "snakemake" in globals():
    begin(snakemake.log[0])
    likeness = {Path(path).parent: path for path in snakemake.input.likeness}
    runs = []
    for path in snakemake.input.histories:
        record, frame = read_history(path, COLUMNS)
        if found := likeness.get(Path(path).parent):
            frame = frame.merge(read_frame(found), on="query", validate="1:1")
        runs.append((record | {"label": snakemake.params.labels[record["method"]]}, frame))
    write_table(snakemake.output[0], summarise(runs))
