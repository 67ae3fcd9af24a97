"""Compare the summary of a study with the claims of the papers."""

import sys
from pathlib import Path

import pandas as pd

from lso.evaluation.claims import check_claims
from lso.storage import read_frame, write

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    claims = check_claims(snakemake.params.claims, read_frame(snakemake.input.summary))
    write(Path(snakemake.output[0]), lambda p: claims.to_csv(p, index=False), pd.read_csv)
