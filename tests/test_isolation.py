"""Crashing and endless calls cost their own item only."""

import os
import signal
import time

import numpy as np
import pytest
from rdkit import Chem

from lso.isolation import apply_limited
from lso.objectives import _molecules


def _hostile(item: str) -> str:
    if item == "crash":
        os.kill(os.getpid(), signal.SIGKILL)
    if item == "hang":
        time.sleep(1000)
    return item.upper()


def test_order_is_kept_and_only_hostile_items_are_given_up():
    items = ["a", "crash", "b", "hang", "hang", "c", "crash"]
    start = time.monotonic()
    expected = ["A", None, "B", None, None, "C", None]
    assert apply_limited(_hostile, items, None, seconds=0.3) == expected
    assert time.monotonic() - start < 10
    assert apply_limited(_hostile, [], None) == []


def test_errors_reach_the_caller():
    with pytest.raises(ZeroDivisionError):
        apply_limited(lambda item: 1 / item, [1, 0, 2], None)


def test_no_child_is_left():
    apply_limited(_hostile, ["a", "hang"], None, seconds=0.1)
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


def test_a_molecule_that_never_ends_has_no_score(monkeypatch):
    def endless(molecule: Chem.Mol) -> float:
        while molecule.GetNumAtoms() == 3:
            pass
        return float(molecule.GetNumAtoms())

    monkeypatch.setattr(_molecules, "SECONDS", 0.3)
    scores = _molecules.score_molecules(["C", "CCO", "not a molecule", b"C", "CC"], endless)
    np.testing.assert_array_equal(scores, [1, np.nan, np.nan, np.nan, 2])
