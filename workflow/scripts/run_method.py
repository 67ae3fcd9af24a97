"""Run one block of a method: from the checkpoint or the block before, to the next state."""

import logging
import sys

import torch

from lso import history
from lso.checkpoints import read_model, restore, write_model
from lso.components import build
from lso.interfaces import State, Task
from lso.optimisation import optimise
from lso.storage import read_frame, read_table, write_table


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
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_num_threads(snakemake.threads)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    frame = read_frame(snakemake.input.objects)
    objective = build("objectives", snakemake.params.task["objective"])
    task = Task(frame.x.tolist(), frame.y.to_numpy(), frame.validation.to_numpy(), objective)
    model, architecture, memory = read_model(snakemake.input.model, device)
    state, seconds = State.initial(task, model), []
    if "history" in snakemake.input.keys():
        before = read_table(snakemake.input.history)
        state, seconds = restore(state, memory, before), before["seconds"].to_pylist()
    method = build("methods", snakemake.params.method)
    wildcards = snakemake.wildcards
    state, seconds = run(state, seconds, method, snakemake.params.queries, int(wildcards.seed))
    record = {key: wildcards[key] for key in ("study", "task", "model", "method")} | {
        "seed": int(wildcards.seed),
        "settings": snakemake.params.method | getattr(method, "paper_symbols", {}),
        "code": snakemake.params.code,
    }
    write_model(snakemake.output.state, state.model, architecture, state.memory)
    write_table(
        snakemake.output.history,
        history.table(state.z, state.x, state.y, seconds, method.queries_per_round, record),
    )
