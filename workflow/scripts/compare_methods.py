"""Compare the settings of a study: interquartile means and probabilities of improvement."""

import sys

from lso.evaluation.uncertainty import compare
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    summary = read_frame(snakemake.input.summary)
    write_table(snakemake.output[0], compare(summary, **snakemake.params.comparison))
