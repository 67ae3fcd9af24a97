"""Map planes of the latent space and the paths of searches across them."""

import torch

from lso.checkpoints import read_model
from lso.components import build
from lso.interfaces import State, Task
from lso.job import begin
from lso.latent_slices import trace_and_slice
from lso.storage import read_frame, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    torch.set_num_threads(snakemake.threads)
    frame, params = read_frame(snakemake.input.objects), snakemake.params
    model, _, _ = read_model(snakemake.input.model)
    objective = build("objectives", params.objective)
    task = Task(frame.x.tolist(), frame.y.to_numpy(), frame.validation.to_numpy(), objective)
    methods = {label: build("methods", entry) for label, entry in params.methods.items()}
    settings = build("latent_slices", {"kind": "slice_settings", **params.settings})
    drawn, paths = trace_and_slice(State.initial(task, model), methods, settings)
    write_table(snakemake.output.map, drawn)
    write_table(snakemake.output.paths, paths)
