import hashlib
import re

import pytest

from lso.datasets.equations import Equations
from lso.representations.grammar import Grammar

# sha256 of equation2_15_dataset.txt as released with the Grammar VAE
RELEASED = "ae9850311e884f888491f56dca57ef3c2f9880899e63d26b5da3b71840591ca2"


def test_the_enumeration_is_the_released_file():
    terminal = re.compile(r"sin\(|exp\(|.")
    lines = [" ".join(terminal.findall(item)) + "\n" for item in Equations().objects({})]
    assert hashlib.sha256("".join(lines).encode()).hexdigest() == RELEASED


def test_all_forms_are_distinct_and_within_the_grammar():
    everything = Equations(number=122_880).objects({})
    assert len(set(everything)) == 122_880
    assert all(Grammar(14).can_represent(item) for item in everything[::100])


def test_a_subset_keeps_the_order_and_depends_on_the_seed():
    subset = Equations(limit=100).objects({})
    positions = {item: i for i, item in enumerate(Equations().objects({}))}
    chosen = [positions[item] for item in subset]
    assert chosen == sorted(chosen)
    assert len(set(subset)) == 100
    assert subset != Equations(limit=100, seed=1).objects({})


@pytest.mark.parametrize("settings", [{"number": 0}, {"number": 122_881}, {"limit": 0}])
def test_settings_fail_at_construction(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Equations(**settings)
