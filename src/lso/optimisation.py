"""The one loop of all methods: tell, ask, decode, score."""

import hashlib
import time
from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import Method, Object, State


def optimise(
    method: Method, state: State, budget: int, stop: int, seed: int
) -> Iterator[tuple[State, float]]:
    """Query until `stop`, at most `budget`; yield the state and the seconds of each turn.

    A method with nothing left to ask ends the run early, with all that was found.

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
        asked = method.ask(state, generator)[: budget - len(state.y)]
        if len(asked) == 0:
            return
        z, x = _answer(state, asked, generator)  # (q, d), q objects, None where invalid
        y = state.task.score(x)  # (q,), NaN where invalid
        state = state.append(z, x, y)
        yield state, time.perf_counter() - start


def _answer(
    state: State, asked: Float[Tensor, "q d"] | list[Object], generator: torch.Generator
) -> tuple[Float[Tensor, "q d"], list[Object | None]]:
    """Latent points and their decodes; objects that were asked for have no point, so it is NaN."""
    if isinstance(asked, Tensor):
        return asked, state.model.decode(asked, generator)
    nowhere = torch.full((len(asked), state.model.latent_dim), torch.nan, dtype=torch.float64)
    return nowhere, asked


def generator_for(*key: int | str) -> torch.Generator:
    """Return a random generator that depends on the key alone."""
    digest = hashlib.sha256(repr(key).encode()).digest()
    return torch.Generator().manual_seed(int.from_bytes(digest[:8], "big", signed=True))
