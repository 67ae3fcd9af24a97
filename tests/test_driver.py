"""Locks of the dead go, those of the living stay; a workflow starts again where that helps."""

import os
import sys

import pytest

from lso import driver


def test_only_locks_of_dead_workflows_are_removed(tmp_path):
    lock = tmp_path / "locks" / "0.output.lock"
    lock.parent.mkdir()
    lock.touch()
    first = driver.claim(tmp_path)
    assert not lock.exists()
    lock.touch()
    second = driver.claim(tmp_path)
    first.close()
    third = driver.claim(tmp_path)
    assert lock.exists()
    second.close()
    third.close()
    driver.claim(tmp_path).close()
    assert not lock.exists()


@pytest.mark.parametrize(
    ("printed", "starts", "again"),
    [
        ("a.parquet put aside as a.parquet.damaged", None, "2"),
        ("a.parquet put aside as a.parquet.damaged", "9", "10"),
        ("a.parquet put aside as a.parquet.damaged", "10", None),
        ("a job failed for another reason", None, None),
    ],
)
def test_starts_again_only_after_a_file_was_put_aside(
    tmp_path, monkeypatch, printed, starts, again
):
    started = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "execv", lambda *command: started.append(command))
    monkeypatch.setattr(os, "environ", {driver.STARTS: starts} if starts else {})
    (tmp_path / "log").write_text(printed)
    driver.start_again([str(tmp_path / "log")], tmp_path)
    command = (sys.executable, [sys.executable, *sys.orig_argv[1:]])
    assert started == ([command] if again else [])
    assert os.environ.get(driver.STARTS) == (again or starts)
