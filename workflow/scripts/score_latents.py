"""Score encoded and drawn latent points of a model, and decode them."""

import torch

from lso.checkpoints import read_model
from lso.components import build
from lso.detection import score_latents
from lso.job import begin
from lso.optimisation import generator_for
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    frame = read_frame(snakemake.input.objects)
    model, _, _ = read_model(snakemake.input.model)
    settings = dict(snakemake.params.settings)
    scores = {name: build("latent_scores", entry) for name, entry in settings.pop("scores").items()}
    settings = build("detection", {"kind": "detection_settings", **settings})
    run = {key: snakemake.wildcards[key] for key in ("model", "protocol")}
    points = score_latents(
        model,
        frame.x.tolist(),
        frame.validation.to_numpy(),
        scores,
        settings,
        generator_for("score_latents", *run.values()),
    )
    write_table(snakemake.output[0], points.assign(**run))
