"""Compare the strategies of a study's simulated users, in equal time and with equal sliders."""

from lso.evaluation.users import compare_users
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    summary = read_frame(snakemake.input.summary)
    write_table(snakemake.output[0], compare_users(summary, **snakemake.params.settings))
