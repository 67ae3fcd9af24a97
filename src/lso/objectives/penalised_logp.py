"""Penalised octanol-water partition coefficient."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import networkx
import numpy as np
from jaxtyping import Float
from rdkit import Chem
from rdkit.Chem import Crippen
from rdkit.Contrib.SA_Score import sascorer

from lso.interfaces import Object
from lso.objectives._molecules import describe_molecules, score_molecules


@dataclass(frozen=True)
class PenalisedLogp:
    """Standardised logP minus standardised synthetic accessibility and ring penalties.

        y = (logP - m_1) / s_1 - (SA - m_2) / s_2 - (ring - m_3) / s_3

    with Crippen logP, the synthetic accessibility score SA in [1, 10], larger being harder, and
    ring = max(0, atoms of the largest cycle - 6). The defaults are means and standard deviations
    over the 250,000 molecules of ZINC.

    Source: gomezbombarelli2018, Sec. 2.3; constants of jin2018 (the authors' released code).

    Args:
        logp_mean: m_1.
        logp_deviation: s_1.
        accessibility_mean: m_2.
        accessibility_deviation: s_2.
        ring_mean: m_3.
        ring_deviation: s_3.
        largest_logp: molecules with a larger |logP| are invalid (ronen2024: 20); `None` for no
            such bound.
    """

    logp_mean: float = 2.45777691
    logp_deviation: float = 1.43341767
    accessibility_mean: float = 3.05352042
    accessibility_deviation: float = 0.83460587
    ring_mean: float = 0.04861121
    ring_deviation: float = 0.28746695
    largest_logp: float | None = None

    describe = staticmethod(describe_molecules)

    def __post_init__(self):
        for name in ("logp_deviation", "accessibility_deviation", "ring_deviation"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.largest_logp is not None and self.largest_logp <= 0:
            raise ValueError(f"largest_logp must be positive or null, got {self.largest_logp}")

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score SMILES as they are, stereochemistry included; NaN where invalid."""
        _load()
        return score_molecules(objects, self._score)

    def _score(self, molecule: Chem.Mol) -> float:
        logp = Crippen.MolLogP(molecule)
        if self.largest_logp is not None and abs(logp) > self.largest_logp:
            return np.nan
        accessibility = sascorer.calculateScore(molecule)
        ring = max(0, largest_cycle(molecule) - 6)
        return (
            (logp - self.logp_mean) / self.logp_deviation
            - (accessibility - self.accessibility_mean) / self.accessibility_deviation
            - (ring - self.ring_mean) / self.ring_deviation
        )


@cache
def _load() -> None:
    """Load once, in the process whose children need it, what first calls load: a second of each.

    The table of synthetic accessibility, and what networkx imports.
    """
    sascorer.readFragmentScores()
    largest_cycle(Chem.MolFromSmiles("C"))


def largest_cycle(molecule: Chem.Mol) -> int:
    """Count the atoms of the largest cycle in a cycle basis; 0 without cycles.

    The basis is that of networkx, as in the authors' released code. It is not minimal, so fused
    rings may count as one: RDKit's smallest rings score 0.4 % of ZINC differently.
    """
    graph = networkx.Graph(Chem.GetAdjacencyMatrix(molecule))
    return max(map(len, networkx.cycle_basis(graph)), default=0)
