"""The one loop of all methods: tell, ask, decode, score."""

import hashlib
import time
from collections.abc import Iterator

import torch

from lso.interfaces import Method, State


def optimise(
    method: Method, state: State, budget: int, stop: int, seed: int
) -> Iterator[tuple[State, float]]:
    """Query until `stop`, at most `budget`; yield the state and the seconds of each turn.

    Randomness depends on the seed and the number of queries so far, never on how a run is
    split: continuing from any yielded state gives the same history.

    Args:
        method: how to search.
        state: where to begin.
        budget: queries of the whole run; the last ask is cut to it.
        stop: yield no further state once it holds this many queries.
        seed: of the run.
    """
    while len(state.y) < min(stop, budget):
        start = time.perf_counter()
        generator = generator_for(seed, len(state.y))
        state = method.tell(state, generator)
        z = method.ask(state, generator)[: budget - len(state.y)]  # (q, d)
        x = state.model.decode(z, generator)  # q objects, None where invalid
        y = state.task.score(x)  # (q,), NaN where invalid
        state = state.append(z, x, y)
        yield state, time.perf_counter() - start


def generator_for(*key: int | str) -> torch.Generator:
    """Return a random generator that depends on the key alone."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big", signed=True))
