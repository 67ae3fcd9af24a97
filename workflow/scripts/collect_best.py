"""Collect the best objects of every run of a task."""

import torch

from lso.components import component
from lso.evaluation.metrics import best_objects
from lso.job import begin
from lso.storage import read_history, write_table

COLUMNS = ["query", "x", "y", "valid"]

if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    runs = []
    for path in snakemake.input:
        record, frame = read_history(path, COLUMNS)
        runs.append((record | {"label": snakemake.params.labels[record["method"]]}, frame))
    best = best_objects(runs, count=10)
    describe = getattr(
        component("objectives", snakemake.params.objective["kind"]), "describe", None
    )
    if describe is not None:
        best = best.assign(**describe(best.x.tolist()))
    write_table(snakemake.output[0], best)
