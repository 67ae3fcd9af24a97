"""A genetic algorithm on derivations of arithmetic expressions, which needs no latent space."""

import random
from dataclasses import dataclass

import torch

from lso.arithmetic import PADDING, PRODUCTIONS, derive, expand
from lso.interfaces import Object, State
from lso.methods._population import (
    best_known,
    draw_parents,
    everything_known,
    gather_new,
    random_source,
)

SHORTEST = {"S": 2, "T": 1}  # productions of the shortest derivation of a symbol
LEFT = [left for left, _ in PRODUCTIONS]
PUSHED = [[symbol for symbol in right if symbol in SHORTEST] for _, right in PRODUCTIONS]


@dataclass(frozen=True)
class GrammarGeneticAlgorithm:
    """Ask for expressions that exchange or regrow subtrees of the best, never for a known one.

    Source: whigham1995, Sec. 3, with the sampling of parents of tripp2023. Own operators: the
    maintained libraries draw from the process's global random numbers.

    Args:
        population_size: the best of all known expressions that may be parents.
        batch_size: new expressions of a generation.
        mutation: share of the children that regrow a subtree instead of exchanging one.
        max_productions: longest derivation that is grown; children that the model cannot represent,
            such as longer ones, are left out.
    """

    population_size: int = 500
    batch_size: int = 20
    mutation: float = 0.3
    max_productions: int = 15

    def __post_init__(self) -> None:
        for name in ("population_size", "batch_size"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be >= 1, came {getattr(self, name)}")
        if not 0 <= self.mutation <= 1:
            raise ValueError(f"mutation must be in [0, 1], came {self.mutation}")
        if self.max_productions < SHORTEST["S"]:
            raise ValueError(f"max_productions must be at least 2, came {self.max_productions}")

    @property
    def queries_per_round(self) -> int:
        """One generation."""
        return self.batch_size

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Return the state as it is: the population is what it holds."""
        return state

    def ask(self, state: State, generator: torch.Generator) -> list[Object]:
        """New expressions of one generation; none once no generation brings any."""
        population, source = best_known(state, self.population_size), random_source(generator)
        can_represent = state.model.representation.can_represent

        def generation() -> list[Object | None]:
            parents = [
                derive(item) for item in draw_parents(population, 2 * self.batch_size, source)
            ]
            pairs = zip(parents[::2], parents[1::2], strict=True)
            children = [expand(self._child(*pair, source)) for pair in pairs]
            return [item for item in children if item is not None and can_represent(item)]

        return gather_new(self.batch_size, generation, everything_known(state))

    def _child(self, first: list[int], second: list[int], source: random.Random) -> list[int]:
        if source.random() >= self.mutation:
            return cross(first, second, source)
        return regrow(first, self.max_productions, source)


def cross(first: list[int], second: list[int], source: random.Random) -> list[int]:
    """The first derivation with one subtree replaced by one of the second, of the same symbol."""
    start = source.randrange(len(first))
    fitting = [i for i, rule in enumerate(second) if LEFT[rule] == LEFT[first[start]]]
    graft = source.choice(fitting)  # every derivation has an S and a T
    return [*first[:start], *second[graft : _end(second, graft)], *first[_end(first, start) :]]


def regrow(derivation: list[int], most: int, source: random.Random) -> list[int]:
    """A derivation of at most `most` productions, one subtree of which is grown anew."""
    start = source.randrange(len(derivation))
    end = _end(derivation, start)
    room = max(most - len(derivation), 0) + end - start
    return [*derivation[:start], *_grow(LEFT[derivation[start]], room, source), *derivation[end:]]


def _grow(symbol: str, room: int, source: random.Random) -> list[int]:
    """A random derivation of a symbol, of at most `room` productions."""
    stack, grown = [symbol], []
    while stack:
        left = stack.pop()
        free = room - len(grown) - sum(SHORTEST[s] for s in stack)
        possible = [
            i
            for i in range(PADDING)
            if LEFT[i] == left and 1 + sum(SHORTEST[s] for s in PUSHED[i]) <= free
        ]
        grown.append(source.choice(possible))
        stack += reversed(PUSHED[grown[-1]])
    return grown


def _end(derivation: list[int], start: int) -> int:
    """Where the subtree that starts at a production ends."""
    opened = 1
    while opened:
        opened += len(PUSHED[derivation[start]]) - 1
        start += 1
    return start
