"""Rebuild the published tables from the authors' released runs."""

from pathlib import Path

import pandas as pd

from lso.evaluation.published import audit, figures_of, tabulate
from lso.evaluation.released_runs import read_runs
from lso.job import begin
from lso.storage import write

if "snakemake" in globals():
    begin(snakemake.log[0])
    curves = read_runs(Path(snakemake.input.runs).read_bytes())
    figures = figures_of(pd.read_csv(snakemake.input.table))
    for path, frame in (
        (snakemake.output.table, tabulate(curves, figures)),
        (snakemake.output.audit, audit(curves)),
    ):
        write(path, lambda part, frame=frame: frame.to_csv(part, index=False), pd.read_csv)
