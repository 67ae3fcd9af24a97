"""What all objectives of molecules share."""

from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float
from rdkit import Chem

from lso.interfaces import Object
from lso.isolation import SECONDS, Isolated
from lso.molecules import parse
from lso.objectives._quality import passes_quality_filter


def score_molecules(
    objects: Sequence[Object], score: Callable[[Chem.Mol], float]
) -> Float[np.ndarray, "n"]:
    """Apply a function of one molecule once to each distinct SMILES.

    Returns:
        (n,) scores, NaN where invalid, and where a molecule crashes RDKit or takes a minute.
    """
    distinct = list(dict.fromkeys(objects))
    scores = dict(zip(distinct, _isolated(score)(distinct), strict=True))
    return np.array([scores[item] for item in objects], dtype=np.float64)


@lru_cache(maxsize=8)  # children that stay
def _isolated(score: Callable[[Chem.Mol], float]) -> Isolated:
    def score_one(item: Object) -> float:
        molecule = parse(item) if isinstance(item, str) else None
        return np.nan if molecule is None else score(molecule)

    return Isolated(score_one, np.nan, SECONDS)


def describe_molecules(objects: Sequence[Object]) -> dict[str, list]:
    """What is told of a molecule beside its score, so that scores bought by size alone show.

    Args:
        objects: n valid SMILES.

    Returns:
        `heavy_atoms` and `passes_quality_filter`, n each.
    """
    return {
        "heavy_atoms": [parse(smiles).GetNumHeavyAtoms() for smiles in objects],
        "passes_quality_filter": [passes_quality_filter(smiles) for smiles in objects],
    }
