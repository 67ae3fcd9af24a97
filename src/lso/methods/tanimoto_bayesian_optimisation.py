"""Bayesian optimisation of molecules themselves, which needs no latent space."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from lso.interfaces import Object, State
from lso.methods._graph_offspring import offspring
from lso.methods._population import best_known, everything_known, random_source
from lso.surrogates._tanimoto import fingerprints, fit, predict
from lso.surrogates.acquisition import ExpectedImprovement


@dataclass(frozen=True)
class TanimotoBayesianOptimisation:
    """Ask for the new molecules of largest expected improvement that a genetic algorithm finds.

    The Gaussian process with the Tanimoto kernel is fitted anew before every batch, to the best
    and to random other molecules known.

    Source: tripp2021, Sec. 3. Deviation: expected improvement in place of its confidence bound.

    Args:
        best_points: best molecules in the data of the process.
        random_points: random other molecules in it.
        batch_size: molecules asked together.
        generations: of the genetic algorithm that maximises the acquisition.
        generation_size: children of a generation; as many survive it.
        largest_atoms: heavy atoms that a child may have; None for any number.
    """

    best_points: int = 500
    random_points: int = 500
    batch_size: int = 10
    generations: int = 10
    generation_size: int = 100
    largest_atoms: int | None = None

    def __post_init__(self) -> None:
        counts = ("best_points", "batch_size", "generations", "generation_size", "largest_atoms")
        for name in counts:
            if getattr(self, name) is not None and getattr(self, name) < 1:
                raise ValueError(f"{name} must be >= 1, came {getattr(self, name)}")
        if self.random_points < 0:
            raise ValueError(f"random_points must not be negative, came {self.random_points}")

    @property
    def queries_per_round(self) -> int:
        """One batch."""
        return self.batch_size

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Return the state as it is: the process is fitted when it is asked."""
        return state

    def ask(self, state: State, generator: torch.Generator) -> list[Object]:
        """New molecules, the most promising first."""
        objects, scores = state.training_data()
        order = np.argsort(-scores, kind="stable")
        best, others = order[: self.best_points], order[self.best_points :]
        chosen = torch.randperm(len(others), generator=generator)[: self.random_points].numpy()
        indices = np.concatenate([best, others[chosen]])
        y = torch.as_tensor(scores[indices], dtype=torch.float64)
        model = fit(fingerprints([objects[i] for i in indices]), y)
        improvement = ExpectedImprovement(partial(predict, model), float(y.max()))
        known, source = everything_known(state), random_source(generator)
        population = [item for _, item in best_known(state, self.generation_size)]
        scored = self._scored(improvement, population)
        found: dict[str, float] = {}
        for _ in range(self.generations):
            children = offspring(scored, self.generation_size, known, source, self.largest_atoms)
            new = self._scored(improvement, [item for item in children if item not in found])
            found |= {item: value for value, item in new}
            scored = heapq.nlargest(self.generation_size, scored + new)
        return sorted(found, key=lambda item: (-found[item], item))[: self.batch_size]

    def _scored(
        self, improvement: ExpectedImprovement, molecules: Sequence[Object]
    ) -> list[tuple[float, Object]]:
        """Logarithm of the expected improvement of each molecule, and the molecule."""
        if not molecules:
            return []
        with torch.no_grad():
            values = improvement(fingerprints(molecules))
        return list(zip(values.tolist(), molecules, strict=True))
