"""What all objectives of molecules share."""

from collections.abc import Callable, Sequence

import numpy as np
from jaxtyping import Float
from rdkit import Chem

from lso.interfaces import Object
from lso.molecules import parse


def score_molecules(
    objects: Sequence[Object], score: Callable[[Chem.Mol], float]
) -> Float[np.ndarray, "n"]:
    """Apply a function of one molecule once to each distinct SMILES; NaN where invalid."""
    scores = {}
    for item in set(objects):
        molecule = parse(item) if isinstance(item, str) else None
        scores[item] = np.nan if molecule is None else score(molecule)
    return np.array([scores[item] for item in objects], dtype=np.float64)
