"""Crashing and endless calls cost their own item only."""

import os
import signal
import subprocess
import sys
import time
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from rdkit import Chem

from lso.isolation import Isolated
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
    isolated = Isolated(_hostile, None, seconds=0.3)
    assert isolated(items) == expected
    assert time.monotonic() - start < 10
    assert isolated([]) == []
    assert isolated(["d"]) == ["D"]


def test_errors_reach_the_caller():
    inverse = Isolated(lambda item: 1 / item, None)
    with pytest.raises(ZeroDivisionError):
        inverse([1, 0, 2])
    assert inverse([4]) == [0.25]


def test_a_child_stays_and_goes_with_its_function():
    isolated = Isolated(lambda item: os.getpid(), None)
    (child,) = set(isolated([1, 2]) + isolated([3]))
    assert child != os.getpid()
    del isolated
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_a_forked_caller_has_a_child_of_its_own():
    isolated = Isolated(lambda item: os.getpid(), None)
    (child,) = isolated([1])
    here, there = get_context("fork").Pipe()
    caller = get_context("fork").Process(target=lambda: there.send(isolated([1])))
    caller.start()
    assert here.recv() != [child]
    caller.join()
    assert isolated([1]) == [child]


def test_a_child_ends_with_its_caller(tmp_path):
    """Even one that is killed, and while another child still holds the pipe."""
    code = """
import os
from lso.isolation import Isolated
kept = [Isolated(lambda item: os.getpid(), None) for _ in range(2)]
print(*[isolated([1])[0] for isolated in kept], flush=True)
os.kill(os.getpid(), 9)
"""
    children = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True
    ).stdout.split()
    assert len(children) == 2
    deadline = time.monotonic() + 15
    while any(Path(f"/proc/{child}").exists() for child in children):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_a_molecule_that_never_ends_has_no_score(monkeypatch):
    def endless(molecule: Chem.Mol) -> float:
        while molecule.GetNumAtoms() == 3:
            pass
        return float(molecule.GetNumAtoms())

    monkeypatch.setattr(_molecules, "SECONDS", 0.3)
    scores = _molecules.score_molecules(["C", "CCO", "not a molecule", b"C", "CC"], endless)
    np.testing.assert_array_equal(scores, [1, np.nan, np.nan, np.nan, 2])
