"""Turn weights that others released into a checkpoint."""

from lso.checkpoints import read_state_dict, write_model
from lso.components import build
from lso.job import begin
from lso.storage import read_verified

if "snakemake" in globals():
    begin(snakemake.log[0])
    (source,) = snakemake.params.weights.values()
    read_verified(snakemake.input[0], source["sha256"])
    model = build("models", snakemake.params.architecture)
    model.load_released(read_state_dict(snakemake.input[0]))
    write_model(snakemake.output[0], model, snakemake.params.architecture)
