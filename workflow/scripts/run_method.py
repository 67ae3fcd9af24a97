"""Run one block of a method: from the checkpoint or the block before, to the next state."""

import logging
import sys

import numpy as np
import torch

from lso import history
from lso.checkpoints import read_model, restore, write_model
from lso.components import build, completed
from lso.interfaces import Object, State, Task
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


def held_out_object(path: str, number: int) -> Object:
    """Return one of the objects of a task that no model is trained on, counted from 0."""
    frame = read_frame(path)
    held_out = frame.x[frame.validation.to_numpy(bool)]
    if number >= len(held_out):
        raise ValueError(
            f"seed {number}: {path} has {len(held_out)} held-out objects, counted from 0"
        )
    return held_out.iloc[number]


def frames_shown(state: State) -> list[int] | None:
    """Positions looked at before each query; None where those looked at are queries themselves."""
    shown = state.memory.get("shown", torch.empty(0)).tolist()
    return shown if len(shown) == len(state.y) else None


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
    offered = {"seed": seed, "model": model}
    if "targets" in files:
        offered["target"] = held_out_object(files["targets"], seed)
    objective = completed("objectives", params.task["objective"], **offered)
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
        history.table(
            *(state.z, state.x, state.y, seconds, method.queries_per_round, record),
            shown=frames_shown(state),
        ),
    )
