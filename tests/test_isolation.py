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

from lso import isolation
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


@pytest.mark.parametrize("workers", [2, 3, 20])
def test_workers_share_a_batch_and_lose_hostile_items_only(monkeypatch, workers):
    monkeypatch.setattr(isolation, "ENOUGH", 2)
    items = ["a", "crash", "crash", "b", "hang", "c", "hang", "d", "e", "crash"]
    expected = [None if item in ("crash", "hang") else item.upper() for item in items]
    isolated = Isolated(_hostile, None, seconds=0.3, workers=workers)
    assert isolated(items) == expected
    assert isolated(["f", "g", "h"]) == ["F", "G", "H"]


def test_small_batches_stay_with_one_child():
    isolated = Isolated(lambda item: os.getpid(), None, workers=2)
    assert len(set(isolated(range(isolation.ENOUGH)))) == 1
    assert len(set(isolated(range(isolation.ENOUGH + 1)))) == 2


def test_a_child_that_died_between_two_calls_costs_nothing():
    isolated = Isolated(lambda item: os.getpid(), None)
    (child,) = isolated([1])
    os.kill(child, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while "Z" not in Path(f"/proc/{child}/stat").read_text().rpartition(")")[2]:
        assert time.monotonic() < deadline
    assert isolated([1]) not in ([child], [None])


def test_errors_reach_the_caller():
    inverse = Isolated(lambda item: 1 / item, None)
    with pytest.raises(ZeroDivisionError):
        inverse([1, 0, 2])
    assert inverse([4]) == [0.25]


def test_after_an_error_no_worker_answers_for_the_call_before(monkeypatch):
    monkeypatch.setattr(isolation, "ENOUGH", 1)
    inverse = Isolated(lambda item: 1 / item, None, workers=2)
    with pytest.raises(ZeroDivisionError):
        inverse([0, 1, 2, 4])
    assert inverse([8, 16, 32]) == [1 / 8, 1 / 16, 1 / 32]


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
