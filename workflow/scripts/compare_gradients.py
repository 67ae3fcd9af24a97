"""Differentiate the scores of encoded and drawn latent points, and compare the directions."""

import torch

from lso.checkpoints import read_model
from lso.components import build
from lso.detection import draw_latents
from lso.job import begin
from lso.optimisation import generator_for
from lso.score_gradients import compare_gradients
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    frame = read_frame(snakemake.input.objects)
    model, _, _ = read_model(snakemake.input.model)
    entry = snakemake.params.gradients
    scores = {name: build("latent_scores", score) for name, score in entry["scores"].items()}
    settings = build("detection", {"kind": "detection_settings", **entry["latents"]})
    name = snakemake.wildcards.model
    generator = generator_for("compare_gradients", name)
    validation = frame.validation.to_numpy()
    latents = draw_latents(model, frame.x.tolist(), validation, settings, generator)
    points = compare_gradients(model, latents, scores, entry["reference"], generator)
    write_table(snakemake.output[0], points.assign(model=name))
