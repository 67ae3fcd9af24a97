"""Decode latent points, a grid or prior samples, with the models of the stages of a run."""

import numpy as np
import pandas as pd
import torch

from lso.checkpoints import read_model
from lso.components import build
from lso.interfaces import Model, Task
from lso.job import begin
from lso.optimisation import generator_for
from lso.storage import write_table


def points(
    latent_dim: int, seed: str, side: int = 0, extent: float = 0.0, samples: int = 0
) -> pd.DataFrame:
    """Return the points: a grid over the first two dimensions, or samples of the prior."""
    if samples:
        generator = generator_for("prior samples", seed)
        z = torch.randn(samples, latent_dim, generator=generator, dtype=torch.float64)
        return pd.DataFrame(z.numpy()).add_prefix("z")
    axis = torch.linspace(-extent, extent, side, dtype=torch.float64).tolist()
    rows = [(i, j, axis[j], axis[-1 - i]) for i in range(side) for j in range(side)]
    frame = pd.DataFrame(rows, columns=["row", "column", "z0", "z1"])
    return frame.assign(**{f"z{k}": 0.0 for k in range(2, latent_dim)})


def decode(model: Model, stage: str, objective, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the points with their objects and scores."""
    z = torch.tensor(frame[[f"z{k}" for k in range(model.latent_dim)]].to_numpy())
    x = model.decode(z, generator_for("decode"))
    task = Task([], np.empty(0), np.empty(0, dtype=bool), objective)
    return frame.assign(stage=stage, x=x, y=task.score(x))


if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    objective = build("objectives", snakemake.params.objective)
    frames = []
    for stage, path in zip(snakemake.params.stages, snakemake.input, strict=True):
        model, _, _ = read_model(path)
        latents = points(model.latent_dim, snakemake.wildcards.seed, **snakemake.params.settings)
        frames.append(decode(model, stage, objective, latents))
    run = {key: snakemake.wildcards[key] for key in ("task", "model", "method", "seed")}
    run["label"] = snakemake.params.label
    table = pd.concat(frames).assign(**run)
    if "samples" in snakemake.params.settings:  # can be drawn again
        table = table.drop(columns=[name for name in table if name.startswith("z")])
    write_table(snakemake.output[0], table)
