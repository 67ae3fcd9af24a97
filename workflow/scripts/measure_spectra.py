"""Measure singular values of decoders at the starts of their cases."""

from collections.abc import Iterator

import pandas as pd
import torch

from lso.checkpoints import read_model
from lso.components import build, completed
from lso.decoder_probes import measure_spectrum
from lso.job import begin
from lso.storage import write_table


def measure(name: str, entry: dict, checkpoint: str | None) -> Iterator[pd.DataFrame]:
    """Yield the spectrum of every case of a model, trained or built anew for each."""
    for seed in entry["seeds"]:
        if checkpoint:
            model, _, _ = read_model(checkpoint)
        else:
            model = build("models", completed("models", entry["architecture"], seed=seed))
        yield measure_spectrum(model, seed).assign(model=name, seed=seed)


if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    spectra = [
        frame
        for name, entry in snakemake.params.models.items()
        for frame in measure(name, entry, snakemake.input.get(name))
    ]
    write_table(snakemake.output[0], pd.concat(spectra, ignore_index=True))
