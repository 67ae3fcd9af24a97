"""Molecules out of molecules: crossover and mutation of their graphs."""

import math
import random
from collections.abc import Collection

from mol_ga.graph_ga.gen_candidates import graph_ga_blended_generation

from lso.interfaces import Object
from lso.methods._population import draw_parents, gather_new
from lso.molecules import canonical, parse


def offspring(
    population: list[tuple[float, Object]],
    count: int,
    known: Collection[Object | None],
    source: random.Random,
    largest: int | None,
) -> list[Object]:
    """New molecules, in random order.

    Source: jensen2019; operators of mol_ga, whose sets are put in order first: that of a set of
    strings differs between processes.

    Args:
        population: scores and canonical SMILES of the parents.
        count: of children.
        known: molecules that are no longer new.
        source: of all randomness.
        largest: heavy atoms that a child may have; None for any number.

    Returns:
        Canonical SMILES without stereochemistry, at most `count`; none if none is new.
    """

    def generation() -> list[str | None]:
        parents = draw_parents(population, 2 * count, source)
        children = sorted(graph_ga_blended_generation(parents, count, source))
        source.shuffle(children)
        plain = [canonical(child, isomeric=False) for child in children]
        return [child for child in plain if child and _atoms(child) <= (largest or math.inf)]

    return gather_new(count, generation, known)


def _atoms(smiles: str) -> float:
    """Heavy atoms; infinitely many where what was written cannot be read again."""
    molecule = parse(smiles)
    return math.inf if molecule is None else float(molecule.GetNumHeavyAtoms())
