"""Compare a study's runs of sliders with those of the authors' released code."""

from lso.evaluation.agreement import compare_released
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    summary, released = read_frame(snakemake.input.summary), read_frame(snakemake.input.released)
    settings = snakemake.params.settings
    write_table(snakemake.output[0], compare_released(summary, released, **settings))
