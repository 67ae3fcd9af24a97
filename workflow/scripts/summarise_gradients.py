"""Agreement and costs of scores and gradients of latent points."""

import pandas as pd

from lso.evaluation.gradients import summarise_gradients
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    points = pd.concat([read_frame(path) for path in snakemake.input])
    write_table(snakemake.output[0], summarise_gradients(points))
