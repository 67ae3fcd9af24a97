"""Decode the frames of sliders along singular vectors of a trained decoder."""

import torch

from lso.checkpoints import read_model
from lso.decoder_probes import decode_sliders
from lso.job import begin
from lso.storage import write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    strips = dict(snakemake.params.strips)
    model, _, _ = read_model(snakemake.input[0])
    frame = decode_sliders(model, strips["seed"], strips["ranks"], strips["positions"])
    write_table(snakemake.output[0], frame.assign(model=strips["model"]))
