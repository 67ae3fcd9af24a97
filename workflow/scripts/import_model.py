"""Turn weights that others released into a checkpoint."""

import sys

from lso.checkpoints import read_state_dict, write_model
from lso.components import build

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    model = build("models", snakemake.params.architecture)
    model.load_released(read_state_dict(snakemake.input[0]))
    write_model(snakemake.output[0], model, snakemake.params.architecture)
