"""Weigh the initial objects of a task, one column per weighting."""

import sys

from lso.components import build
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    frame = read_frame(snakemake.input[0], ["y", "validation", "task"])
    frame = frame[~frame.validation]
    weights = {
        f"weight: {label}": build("weighting", entry)(frame.y.to_numpy())
        for label, entry in snakemake.params.weightings.items()
    }
    frame = frame.assign(**weights)
    write_table(snakemake.output[0], frame)
