from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from lso.molecules import canonical
from lso.objectives.penalised_logp import PenalisedLogp, largest_cycle

SHARED = Path(__file__).parents[3] / "shared" / "data" / "zinc" / "zinc250k_val.smi"


def test_terms_are_standardised_and_combined():
    plain = {
        "logp_mean": 0.0,
        "logp_deviation": 1.0,
        "accessibility_mean": 0.0,
        "accessibility_deviation": 1e9,
        "ring_mean": 0.0,
        "ring_deviation": 1.0,
    }
    logp, penalised = PenalisedLogp(**plain)(["C1CCCCC1", "C1CCCCCCC1"])
    np.testing.assert_allclose(logp, 6 * 0.3901, atol=1e-6)  # Crippen's CH2
    np.testing.assert_allclose(penalised, 8 * 0.3901 - 2, atol=1e-6)


@pytest.mark.parametrize(
    ("smiles", "atoms"), [("CCO", 0), ("C1CC1", 3), ("c1ccccc1", 6), ("C1CCCCCCC1.C1CC1", 8)]
)
def test_largest_cycle(smiles, atoms):
    assert largest_cycle(Chem.MolFromSmiles(smiles)) == atoms


def test_extreme_logp_may_be_declared_invalid():
    smiles = ["C" * 60, "CCO"]
    assert np.isnan(PenalisedLogp(largest_logp=20.0)(smiles)).tolist() == [True, False]
    assert not np.isnan(PenalisedLogp()(smiles)).any()


@pytest.mark.skipif(not SHARED.exists(), reason="needs the validation split")
def test_the_published_distribution_is_reproduced():
    smiles = SHARED.read_text().split()[::60]
    scores = PenalisedLogp()([canonical(item, isomeric=False) for item in smiles])
    quartiles = np.percentile(scores, [25, 50, 75])
    np.testing.assert_allclose(quartiles, [-1.064, 0.424, 1.415], atol=0.2)


def test_settings_fail_at_construction():
    with pytest.raises(ValueError, match="ring_deviation"):
        PenalisedLogp(ring_deviation=0.0)
    with pytest.raises(ValueError, match="largest_logp"):
        PenalisedLogp(largest_logp=-1.0)
