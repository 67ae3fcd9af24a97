import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lso.molecules import canonical, parse


@pytest.mark.parametrize(
    "smiles", ["", "C(", "c1ccc", "CC methane", "C" * 2000, "C\n", "é", "\ud800", "C1" * 99, "\0"]
)
def test_invalid_smiles_are_none(smiles):
    assert parse(smiles) is None


@given(st.text(alphabet="CNOcno()[]=#123@+-/\\.%*H", max_size=30))
@settings(max_examples=200, deadline=None)
def test_canonical_never_raises_and_is_idempotent_on_what_it_accepts(text):
    smiles = canonical(text, isomeric=False)
    if smiles is not None:
        assert parse(smiles) is not None


def test_smiles_that_grow_too_long_to_be_read_again_are_invalid():
    assert parse("c1ccccc1" * 120) is not None
    assert canonical("c1ccccc1" * 120) is None


def test_stereochemistry_is_kept_or_dropped():
    assert canonical("C[C@H](N)O") == "C[C@H](N)O"
    assert canonical("C[C@H](N)O", isomeric=False) == "CC(N)O"


def test_nothing_is_written_to_the_terminal(capfd):
    parse("C(")
    assert capfd.readouterr() == ("", "")
