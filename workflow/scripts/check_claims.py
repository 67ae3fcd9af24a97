"""Compare the summary of a study with the claims of the papers."""

from pathlib import Path

import pandas as pd

from lso.evaluation.verdicts import check_claims
from lso.job import begin
from lso.storage import read_frame, write

if "snakemake" in globals():
    begin(snakemake.log[0])
    tables = {name: read_frame(path) for name, path in snakemake.input.items()}
    claims = check_claims(snakemake.params.claims, tables.pop("summary"), tables)
    write(Path(snakemake.output[0]), lambda p: claims.to_csv(p, index=False), pd.read_csv)
