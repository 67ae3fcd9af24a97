"""Train a model on the scored objects of its task."""

import copy
import logging
import sys
from dataclasses import asdict

import numpy as np
import pandas as pd
import torch

from lso.checkpoints import write_model
from lso.components import build
from lso.job import begin
from lso.optimisation import generator_for
from lso.storage import read_frame, write_table
from lso.training import train


def pretrain(frame: pd.DataFrame, entry: dict, device: str) -> tuple:
    """Return the trained model, its architecture and the learning curves."""
    x, y = frame.x.tolist(), frame.y.to_numpy()
    held_out = frame.validation.to_numpy()
    architecture = copy.deepcopy(entry["architecture"])
    representation = build("representations", architecture["representation"]).fit(x)
    architecture["representation"] |= asdict(representation)
    known = np.array([representation.can_represent(item) for item in x])
    logging.info("%d of %d objects cannot be represented", (~known).sum(), len(x))
    x = [item for item, can in zip(x, known, strict=True) if can]
    y, held_out = y[known], held_out[known]
    arrays = representation.arrays(x)
    weighting = build("weighting", entry["weighting"]) if entry.get("weighting") else np.ones_like
    generator = generator_for("train_model", entry["seed"])
    model = build("models", architecture).to(device)
    model, curves = train(
        model,
        arrays[~held_out],
        weighting(y[~held_out]),
        arrays[held_out],
        weighting(y[held_out]),
        build("training_settings", {"kind": "training_settings", **entry["training"]}),
        generator,
        progress=True,
    )
    return model, architecture, pd.DataFrame(curves)


if "snakemake" in globals():
    begin(snakemake.log[0])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    torch.set_num_threads(snakemake.threads)
    model, architecture, curves = pretrain(
        read_frame(snakemake.input.objects),
        snakemake.params.model,
        "cuda" if torch.cuda.is_available() else "cpu",
    )
    write_table(snakemake.output.training, curves.assign(model=snakemake.wildcards.model))
    write_model(snakemake.output.checkpoint, model, architecture)
