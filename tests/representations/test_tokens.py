import numpy as np
import pytest

from lso.representations.tokens import Tokens

SMILES = ["CCO", "c1ccccc1Cl", "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O"]
CANONICAL = ["CCO", "Clc1ccccc1", "CC(=O)Oc1ccccc1C(=O)O", "C[C@H](N)C(=O)O"]
EXPRESSIONS = ["x", "x+sin(x*x)", "1/3+(x)+exp(2)"]
RELEASED = "x+()123*/sinep "


@pytest.mark.parametrize(
    ("language", "objects", "expected"),
    [
        ("smiles", SMILES, CANONICAL),
        ("selfies", SMILES, CANONICAL),
        ("expression", EXPRESSIONS, EXPRESSIONS),
    ],
)
def test_round_trip(language, objects, expected):
    tokens = Tokens(language, 40).fit(objects)
    arrays = tokens.arrays(objects)
    assert arrays.shape == (len(objects), 40)
    assert arrays.max() == tokens.padding == len(tokens.vocabulary) - 1
    assert tokens.objects(arrays) == expected
    assert all(tokens.can_represent(item) for item in objects)
    assert tokens.fit(["N"]) == tokens


def test_a_given_vocabulary_keeps_its_order():
    tokens = Tokens("expression", 19, RELEASED).fit(EXPRESSIONS)
    assert tokens.vocabulary == tuple(RELEASED)
    np.testing.assert_array_equal(tokens.arrays(["x+1"])[0, :4], [0, 1, 4, 14])


def test_padding_is_dropped_wherever_it_stands():
    tokens = Tokens("expression", 3, RELEASED)
    assert tokens.objects(np.array([[0, 14, 1], [14, 0, 14], [14, 14, 14]])) == [None, "x", None]


def test_any_sequence_decodes_to_an_object_or_none():
    rng = np.random.default_rng(0)
    for language in ("smiles", "selfies"):
        tokens = Tokens(language, 30).fit(SMILES)
        decoded = tokens.objects(rng.integers(0, len(tokens.vocabulary), (200, 30)))
        assert all(item is None or isinstance(item, str) for item in decoded)
        assert (None in decoded) or language == "selfies"


@pytest.mark.parametrize(
    ("item", "message"),
    [("CCCCCC", "6 tokens, at most 5"), ("CBr", "unknown tokens"), ("", "no tokens")],
)
def test_objects_that_cannot_be_represented_are_named(item, message):
    tokens = Tokens("smiles", 5, "CNO ")
    assert not tokens.can_represent(item)
    with pytest.raises(ValueError, match=message):
        tokens.arrays(["CC", item])


def test_smiles_without_selfies_cannot_be_represented():
    tokens = Tokens("selfies", 20).fit([*SMILES, "not a molecule"])
    assert not tokens.can_represent("not a molecule")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"language": "inchi", "length": 9}, "known: smiles, selfies, expression"),
        ({"language": "smiles", "length": 0}, "length"),
        ({"language": "smiles", "length": 9, "vocabulary": "CNO"}, "padding"),
        ({"language": "smiles", "length": 9, "vocabulary": "CC "}, "repeats"),
    ],
)
def test_settings_fail_at_construction(settings, message):
    with pytest.raises(ValueError, match=message):
        Tokens(**settings)
