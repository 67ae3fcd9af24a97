"""Compare the settings of a study: interquartile means and probabilities of improvement."""

from lso.evaluation.comparison import compare
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    summary = read_frame(snakemake.input.summary)
    write_table(snakemake.output[0], compare(summary, **snakemake.params.comparison))
