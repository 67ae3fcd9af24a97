"""Populations of objects that are known already, and parents out of them."""

import logging
import random
from collections.abc import Callable, Collection, Iterable

import numpy as np
import torch
from mol_ga.sample_population import uniform_quantile_sampling

from lso.interfaces import Object, State

logger = logging.getLogger(__name__)

ATTEMPTS = 20  # generations that may bring nothing new before a search gives up


def best_known(state: State, size: int) -> list[tuple[float, Object]]:
    """The best distinct objects of the training set with their scores, best first."""
    objects, scores = state.training_data()
    best: dict[Object, float] = {}
    for i in np.argsort(-scores, kind="stable"):
        if len(best) == size:
            break
        best.setdefault(objects[i], float(scores[i]))
    return [(score, item) for item, score in best.items()]


def everything_known(state: State) -> set[Object | None]:
    """All objects at the start and all that were asked for, whatever became of them."""
    return {*state.task.x, *state.x}


def gather_new(
    count: int, generation: Callable[[], Iterable[Object | None]], known: Collection[Object | None]
) -> list[Object]:
    """The first `count` different new objects of as many generations as it takes.

    Args:
        count: how many are wanted.
        generation: makes children, `None` where one failed.
        known: objects that are no longer new.

    Returns:
        Fewer than `count` where `ATTEMPTS` generations have no more; none ends the search.
    """
    new: dict[Object, None] = {}
    for _ in range(ATTEMPTS):
        new |= {item: None for item in generation() if item is not None and item not in known}
        if len(new) >= count:
            break
    if not new:
        logger.warning(
            "%d generations brought no new object; enlarge the population or allow larger objects",
            ATTEMPTS,
        )
    return list(new)[:count]


def draw_parents(
    population: list[tuple[float, Object]], count: int, source: random.Random
) -> list[Object]:
    """Draw parents, the better the more often: from the top 0.1 % to all, evenly in logarithm.

    Source: tripp2023, Sec. 3 (mol_ga).
    """
    return uniform_quantile_sampling(population, count, source)


def random_source(generator: torch.Generator) -> random.Random:
    """A source of Python's own random numbers that depends on the generator alone."""
    return random.Random(int(torch.randint(2**62, (), generator=generator)))
