"""What all objectives of molecules share."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from rdkit import Chem

from lso.interfaces import Object
from lso.isolation import SECONDS, apply_limited
from lso.molecules import parse
from lso.objectives._quality import passes_quality_filter


def score_molecules(
    objects: Sequence[Object], score: Callable[[Chem.Mol], float]
) -> Float[np.ndarray, "n"]:
    """Apply a function of one molecule once to each distinct SMILES.

    Returns:
        (n,) scores, NaN where invalid, and where a molecule crashes RDKit or takes a minute.
    """

    def score_one(item: Object) -> float:
        molecule = parse(item) if isinstance(item, str) else None
        return np.nan if molecule is None else score(molecule)

    distinct = list(dict.fromkeys(objects))
    scores = dict(zip(distinct, apply_limited(score_one, distinct, np.nan, SECONDS), strict=True))
    return np.array([scores[item] for item in objects], dtype=np.float64)


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
