"""Multi-property goals of the GuacaMol benchmark.

Source: brown2019, Tab. 3; values agree with guacamol 0.5.5, the authors' released code.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float
from rdkit import Chem
from rdkit.Chem import Crippen
from rdkit.Chem.rdFingerprintGenerator import (
    GetAtomPairGenerator,
    GetMorganFeatureAtomInvGen,
    GetMorganGenerator,
)
from rdkit.Chem.rdMolDescriptors import CalcNumAromaticRings, CalcNumRings, CalcTPSA
from rdkit.DataStructs import TanimotoSimilarity

from lso.interfaces import Object
from lso.molecules import parse
from lso.objectives._molecules import describe_molecules, score_molecules
from lso.objectives._quality import has_quality

Number = int | float

_FINGERPRINTS = {
    "AP": GetAtomPairGenerator(maxDistance=10),
    "ECFP4": GetMorganGenerator(radius=2),
    "ECFP6": GetMorganGenerator(radius=3),
    "FCFP4": GetMorganGenerator(radius=2, atomInvariantsGenerator=GetMorganFeatureAtomInvGen()),
}


@dataclass(frozen=True)
class Guacamol:
    """Geometric mean of the components of one goal, each in [0, 1].

    Args:
        goal: the molecule that the goal is named after, such as "ranolazine".
        filtered: whether molecules that fail the quality filter are invalid, as in ronen2024.
    """

    goal: str
    filtered: bool = False

    describe = staticmethod(describe_molecules)

    def __post_init__(self):
        if self.goal not in _GOALS:
            raise ValueError(f"no goal {self.goal!r}; known: {', '.join(sorted(_GOALS))}")

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score SMILES: in [0, 1]; NaN where invalid."""
        return score_molecules(objects, self._score)

    def _score(self, molecule: Chem.Mol) -> float:
        if self.filtered and not has_quality(molecule):
            return np.nan
        smiles, components = _GOALS[self.goal]
        return _geometric_mean(components(molecule, _reference(smiles)))


class _Reference:
    """The molecule of a goal, with its fingerprints.

    Args:
        smiles: a valid SMILES.
    """

    def __init__(self, smiles: str):
        self.molecule = parse(smiles)
        self._fingerprints = {
            name: generator.GetSparseCountFingerprint(self.molecule)
            for name, generator in _FINGERPRINTS.items()
        }

    def similarity(self, molecule: Chem.Mol, fingerprint: str) -> float:
        """Tanimoto similarity of count fingerprints, in [0, 1]."""
        counts = _FINGERPRINTS[fingerprint].GetSparseCountFingerprint(molecule)
        return TanimotoSimilarity(counts, self._fingerprints[fingerprint])


@cache
def _reference(smiles: str) -> _Reference:
    return _Reference(smiles)


def _ranolazine(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [
        min(1.0, reference.similarity(molecule, "AP") / 0.7),
        _at_least(Crippen.MolLogP(molecule), 7, 1),
        _at_least(CalcTPSA(molecule), 95, 20),
        _near(_count(molecule, "F"), 1, 1),
    ]


def _perindopril(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [
        reference.similarity(molecule, "ECFP4"),
        _near(CalcNumAromaticRings(molecule), 2, 0.5),
    ]


def _zaleplon(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [reference.similarity(molecule, "ECFP4"), _isomer(molecule, "C19H17N3O2")]


def _osimertinib(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [
        min(1.0, reference.similarity(molecule, "FCFP4") / 0.8),
        _at_most(reference.similarity(molecule, "ECFP6"), 0.85, 0.1),
        _at_least(CalcTPSA(molecule), 100, 10),
        _at_most(Crippen.MolLogP(molecule), 1, 1),
    ]


def _fexofenadine(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [
        min(1.0, reference.similarity(molecule, "AP") / 0.8),
        _at_least(CalcTPSA(molecule), 90, 10),
        _at_most(Crippen.MolLogP(molecule), 4, 1),
    ]


def _amlodipine(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [reference.similarity(molecule, "ECFP4"), _near(CalcNumRings(molecule), 3, 0.5)]


def _sitagliptin(molecule: Chem.Mol, reference: _Reference) -> list[float]:
    return [
        _near(reference.similarity(molecule, "ECFP4"), 0, 0.1),
        _near(Crippen.MolLogP(molecule), Crippen.MolLogP(reference.molecule), 0.2),
        _near(CalcTPSA(molecule), CalcTPSA(reference.molecule), 5),
        _isomer(molecule, "C16H15F6N5O"),
    ]


_GOALS: dict[str, tuple[str, Callable[[Chem.Mol, _Reference], list[float]]]] = {
    "amlodipine": (r"Clc1ccccc1C2C(=C(/N/C(=C2/C(=O)OCC)COCCN)C)\C(=O)OC", _amlodipine),
    "fexofenadine": (
        "CC(C)(C(=O)O)c1ccc(cc1)C(O)CCCN2CCC(CC2)C(O)(c3ccccc3)c4ccccc4",
        _fexofenadine,
    ),
    "osimertinib": ("COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34", _osimertinib),
    "perindopril": ("O=C(OCC)C(NC(C(=O)N1C(C(=O)O)CC2CCCCC12)C)CCC", _perindopril),
    "ranolazine": ("COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc3c(C)cccc3C)CC2", _ranolazine),
    "sitagliptin": ("Fc1cc(c(F)cc1F)CC(N)CC(=O)N3Cc2nnc(n2CC3)C(F)(F)F", _sitagliptin),
    "zaleplon": ("O=C(C)N(CC)C1=CC=CC(C2=CC=NC3=C(C=NN23)C#N)=C1", _zaleplon),
}


def _near(value: Number, mean: Number, deviation: Number) -> float:
    """Gaussian of height 1."""
    return float(np.exp(-0.5 * ((value - mean) / deviation) ** 2))


def _at_least(value: Number, threshold: Number, deviation: Number) -> float:
    """1 from the threshold on, Gaussian below."""
    return _near(min(value, threshold), threshold, deviation)


def _at_most(value: Number, threshold: Number, deviation: Number) -> float:
    """1 up to the threshold, Gaussian above."""
    return _near(max(value, threshold), threshold, deviation)


def _isomer(molecule: Chem.Mol, formula: str) -> float:
    """Closeness to a molecular formula: of each element, and of the number of atoms."""
    wanted = {element: int(n or 1) for element, n in re.findall(r"([A-Z][a-z]*)(\d*)", formula)}
    complete = Chem.AddHs(molecule)
    elements = [_near(_count(complete, element), n, 1) for element, n in wanted.items()]
    return _geometric_mean([*elements, _near(complete.GetNumAtoms(), sum(wanted.values()), 2)])


def _count(molecule: Chem.Mol, element: str) -> int:
    return sum(atom.GetSymbol() == element for atom in molecule.GetAtoms())


def _geometric_mean(values: list[float]) -> float:
    return float(np.prod(values) ** (1 / len(values)))
