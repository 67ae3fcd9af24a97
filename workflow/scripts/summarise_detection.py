"""Areas under the curve and costs of all scores of latent points."""

import pandas as pd

from lso.evaluation.detection import summarise_detection
from lso.job import begin
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    points = pd.concat([read_frame(path) for path in snakemake.input.points])
    write_table(
        snakemake.output[0], summarise_detection(points, read_frame(snakemake.input.published))
    )
