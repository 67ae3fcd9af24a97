"""Run one block of a method: from the checkpoint or the block before, to the next state."""

import logging
import sys

import numpy as np
import torch

from lso import history
from lso.checkpoints import read_model, restore, write_model
from lso.components import build, completed
from lso.interfaces import State, Task
from lso.job import begin
from lso.optimisation import optimise
from lso.storage import read_frame, read_table, write_table


def load_model(path: str | None, architecture: dict, seed: int, device: str) -> tuple:
    """Return model, architecture and memory: from a file, or built as the case of this seed."""
    if path is not None:
        return read_model(path, device)
    architecture = completed("models", architecture, seed=seed)
    return build("models", architecture).to(device), architecture, {}


def load_task(path: str | None, objective) -> Task:
    """Return the task with the objects known at the start, none without a file."""
    if path is None:
        return Task([], np.empty(0), np.empty(0, dtype=bool), objective)
    frame = read_frame(path)
    return Task(frame.x.tolist(), frame.y.to_numpy(), frame.validation.to_numpy(), objective)


def run(state: State, seconds: list, method, queries: dict, seed: int) -> tuple[State, list]:
    """Query up to the end of the block; return the state and the seconds of every query."""
    steps = optimise(method, state, queries["budget"], queries["stop"], seed)
    for state, elapsed in steps:
        asked = len(state.y) - len(seconds)
        seconds = seconds + [elapsed / asked] * asked
        best = max((y for y in state.y.tolist() if y == y), default=float("nan"))
        logging.info("query %d, best %.4g, %.2f s", len(state.y), best, elapsed)
    return state, seconds


if "snakemake" in globals():
    begin(snakemake.log[0])
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_num_threads(snakemake.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    files, params, wildcards = dict(snakemake.input.items()), snakemake.params, snakemake.wildcards
    seed = int(wildcards.seed)
    model, architecture, memory = load_model(files.get("model"), params.architecture, seed, device)
    objective = completed("objectives", params.task["objective"], seed=seed, model=model)
    task = load_task(files.get("objects"), build("objectives", objective))
    state, seconds = State.initial(task, model), []
    if "history" in files:
        before = read_table(files["history"])
        state, seconds = restore(state, memory, before), before["seconds"].to_pylist()
    method = build("methods", params.method)
    state, seconds = run(state, seconds, method, params.queries, seed)
    record = {key: wildcards[key] for key in ("study", "task", "model", "method")} | {
        "seed": seed,
        "settings": params.method | getattr(method, "paper_symbols", {}),
        "code": params.code,
    }
    write_model(snakemake.output.state, state.model, architecture, state.memory)
    write_table(
        snakemake.output.history,
        history.table(state.z, state.x, state.y, seconds, method.queries_per_round, record),
    )
