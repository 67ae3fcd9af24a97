"""A genetic algorithm on molecular graphs, which needs no latent space."""

from dataclasses import dataclass

import torch

from lso.interfaces import Object, State
from lso.methods._graph_offspring import offspring
from lso.methods._population import best_known, everything_known, random_source


@dataclass(frozen=True)
class GraphGeneticAlgorithm:
    """Ask for children of the best molecules known, never for one that is known.

    Source: jensen2019, with the sampling of tripp2023, who calls it a strong baseline.

    Args:
        population_size: the best of all known molecules that may be parents.
        batch_size: children of a generation.
        largest_atoms: heavy atoms that a child may have; None for any number, as in tripp2023.
            (jensen2019 draws a limit for every child, 39 on average.)
    """

    population_size: int = 1000
    batch_size: int = 50
    largest_atoms: int | None = None

    def __post_init__(self) -> None:
        for name in ("population_size", "batch_size", "largest_atoms"):
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be >= 1, came {getattr(self, name)}")

    @property
    def queries_per_round(self) -> int:
        """One generation, of which fewer may be new."""
        return self.batch_size

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Return the state as it is: the population is what it holds."""
        return state

    def ask(self, state: State, generator: torch.Generator) -> list[Object]:
        """The new molecules of a generation."""
        population = best_known(state, self.population_size)
        source, known = random_source(generator), everything_known(state)
        return offspring(population, self.batch_size, known, source, self.largest_atoms)
