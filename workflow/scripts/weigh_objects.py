"""Weigh the initial objects of a task, one column per weighting."""

from lso.components import build
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    frame = read_frame(snakemake.input[0], ["y", "validation", "task"])
    frame = frame[~frame.validation]
    weights = {
        f"weight: {label}": build("weighting", entry)(frame.y.to_numpy())
        for label, entry in snakemake.params.weightings.items()
    }
    frame = frame.assign(**weights)
    write_table(snakemake.output[0], frame)
