"""What all objectives of molecules share."""

from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from itertools import islice
from threading import Lock
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from rdkit import Chem

from lso.interfaces import Object
from lso.isolation import SECONDS, Isolated
from lso.molecules import parse
from lso.objectives._quality import properties

REMEMBERED = 100_000  # molecules, some 20 MB


def score_molecules(
    objects: Sequence[Object], score: Callable[[Chem.Mol], float]
) -> Float[np.ndarray, "n"]:
    """Apply a function of one molecule to each distinct SMILES that it has not scored before.

    Returns:
        (n,) scores, NaN where invalid, and where a molecule crashes RDKit or takes a minute.
    """
    return np.array(_scorer(score)(objects), dtype=np.float64)


def describe_molecules(objects: Sequence[Object]) -> dict[str, list]:
    """What is told of a molecule beside its score, so that scores bought by size alone show.

    Args:
        objects: n valid SMILES.

    Returns:
        The columns of `properties`, n values each.
    """
    rows = _describer()(objects)
    return {name: [row[name] for row in rows] for name in properties("")}


class Remembering:
    """A function of one object, applied once to each distinct one, by children of this process.

    Decoders, data sets and genetic operators write molecules as canonical SMILES, so these are
    what is remembered. A SMILES written otherwise is an object of its own, since it may score
    otherwise: of 200 molecules of ZINC, rewritten at random, the penalised logP of 79 differed,
    of one by 3.5 (the largest cycle depends on the basis), of the others in the last digits.

    Args:
        function: of anything; what it makes of `None` stands for objects that crash or hang.
        remembered: results; the oldest are forgotten first.
        workers: children; all threads that the job has by default.
    """

    def __init__(
        self,
        function: Callable[[Object | None], Any],
        remembered: int = REMEMBERED,
        workers: int | None = None,
    ):
        workers = torch.get_num_threads() if workers is None else workers
        self._isolated = Isolated(function, function(None), SECONDS, workers)
        self._known: dict[Object, Any] = {}
        self._remembered, self._lock = remembered, Lock()

    def __call__(self, objects: Sequence[Object]) -> list[Any]:
        """Apply the function to every object, in order."""
        with self._lock:
            new = [item for item in dict.fromkeys(objects) if item not in self._known]
            self._known.update(zip(new, self._isolated(new), strict=True))
            results = [self._known[item] for item in objects]
            for item in list(islice(self._known, max(0, len(self._known) - self._remembered))):
                del self._known[item]
        return results


@lru_cache(maxsize=8)  # objectives whose children and memory stay
def _scorer(score: Callable[[Chem.Mol], float]) -> Remembering:
    def score_one(item: Object | None) -> float:
        molecule = parse(item) if isinstance(item, str) else None
        return np.nan if molecule is None else score(molecule)

    return Remembering(score_one)


@cache
def _describer() -> Remembering:
    return Remembering(lambda item: properties(item or ""))
