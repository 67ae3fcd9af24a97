import math

import pytest

from lso.objectives._quality import passes_quality_filter, properties

ASPIRIN = "CC(=O)Oc1ccccc1C(=O)O"


def test_a_drug_like_molecule_passes():
    assert passes_quality_filter("CCN(Cc1ccc(OC)c(OC)c1)C(=O)c1ccsc1")


@pytest.mark.parametrize(
    "smiles",
    [
        "",
        "C(",
        "C" * 40,  # too heavy
        "CCCCCCCCCCCCCCCCc1ccccc1",  # logP
        "OCC(O)C(O)C(O)C(O)CO",  # donors
        "CC(=O)Cl",  # alert: acyl halide
    ],
)
def test_others_fail(smiles):
    assert not passes_quality_filter(smiles)


def test_properties_have_their_ranges():
    values = properties(ASPIRIN)
    assert values["logp"] == pytest.approx(1.3101, abs=1e-4)
    assert 1 <= values["accessibility"] <= 10
    assert 0 <= values["drug_likeness"] <= 1
    assert values["heavy_atoms"] == 13
    invalid = properties("C(")
    assert invalid.pop("passes_quality_filter") is False
    assert all(math.isnan(value) for value in invalid.values())


def test_undefined_drug_likeness_is_nan_and_silent(capfd):
    values = properties("Cc1cnccc1-n1nc(-c2~ccccc2)nc1C1CC[NH2+]C1")
    assert math.isnan(values["drug_likeness"])
    assert not math.isnan(values["logp"])
    assert capfd.readouterr() == ("", "")
