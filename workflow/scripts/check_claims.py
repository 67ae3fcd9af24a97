"""Compare the summary of a study with the claims of the papers."""

import sys
from pathlib import Path

import pandas as pd

from lso.evaluation.claims import check_claims
from lso.storage import read_frame, write

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    tables = {name: read_frame(path) for name, path in snakemake.input.items()}
    claims = check_claims(snakemake.params.claims, tables.pop("summary"), tables)
    write(Path(snakemake.output[0]), lambda p: claims.to_csv(p, index=False), pd.read_csv)
