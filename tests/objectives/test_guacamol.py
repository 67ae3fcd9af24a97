import time

import numpy as np
import pytest
from rdkit import Chem

from lso.objectives import _molecules, guacamol
from lso.objectives.guacamol import Guacamol

MOLECULES = [
    "COc1ccccc1OCC(O)CN2CCN(CC(=O)Nc1c(C)cccc1C)CC2",  # ranolazine
    "CC(=O)Oc1ccccc1C(=O)O",  # aspirin
    "CC1=CC=C(C=C1)C1=CC(=NN1C1=CC=C(C=C1)S(N)(=O)=O)C(F)(F)F",  # celecoxib
    "COc1cc(N(C)CCN(C)C)c(NC(=O)C=C)cc1Nc2nccc(n2)c3cn(C)c4ccccc34",  # osimertinib
]

# computed by guacamol 0.5.5 with rdkit 2026.9.1
RELEASED = {
    "ranolazine": [0.049237, 0.007333, 0.066351, 0.277405],
    "perindopril": [0.357295, 0.118733, 0.062632, 0.004743],
    "zaleplon": [0.000000, 0.000000, 0.226485, 0.000000],
    "osimertinib": [0.285537, 0.129513, 0.181751, 0.133342],
    "fexofenadine": [0.473882, 0.148553, 0.406461, 0.525804],
    "amlodipine": [0.452084, 0.008540, 0.360237, 0.150670],
    "sitagliptin": [0.000006, 0.000195, 0.000436, 0.000000],
}


@pytest.mark.parametrize("goal", RELEASED)
def test_values_of_the_authors_code(goal):
    np.testing.assert_allclose(Guacamol(goal)(MOLECULES), RELEASED[goal], atol=6e-7)


def test_unknown_goal_lists_the_known():
    with pytest.raises(ValueError, match="known: amlodipine, fexofenadine"):
        Guacamol("aspirin")


def test_molecules_of_low_quality_may_be_declared_invalid():
    plain, filtered = Guacamol("zaleplon"), Guacamol("zaleplon", filtered=True)
    smiles = ["CC(=O)Cl", MOLECULES[2], "C("]
    assert np.isnan(plain(smiles)).tolist() == [False, False, True]
    assert np.isnan(filtered(smiles)).tolist() == [True, False, True]


def test_a_filter_that_never_ends_costs_its_own_molecule(monkeypatch):
    def endless(molecule: Chem.Mol) -> bool:
        time.sleep(1000 if molecule.GetNumAtoms() == 3 else 0)
        return True

    monkeypatch.setattr(guacamol, "has_quality", endless)
    monkeypatch.setattr(_molecules, "SECONDS", 0.3)
    scores = Guacamol("zaleplon", filtered=True)(["C", "CCO", "CC"])
    assert np.isnan(scores).tolist() == [False, True, False]
