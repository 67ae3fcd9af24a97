"""A running explorer, as a person would start it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from lso.checkpoints import write_model
from lso.components import build

ROOT = Path(__file__).resolve().parents[2]
ARCHITECTURE = {
    "kind": "convolutional",
    "latent_dim": 2,
    "representation": {"kind": "binary_image", "side": 64},
}


class Running:
    """The explorer as a process.

    Args:
        folder: of checkpoint and session.
    """

    def __init__(self, folder: Path):
        self.checkpoint = folder / "checkpoint.safetensors"
        if not self.checkpoint.exists():
            write_model(self.checkpoint, build("models", ARCHITECTURE), ARCHITECTURE)
        self.process = start(self.checkpoint, "port=0")
        self.url = ""

    def address(self) -> str:
        """Where it listens, once it does."""
        for line in iter(self.process.stderr.readline, ""):
            if found := re.search(r"open (http://127\.0\.0\.1:\d+)", line):
                self.url = found[1]
                return self.url
        raise AssertionError("the explorer did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(10)


def start(*words: object) -> subprocess.Popen:
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "lso.explore", *map(str, words)]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    explorer = Running(tmp_path_factory.mktemp("explorer"))
    explorer.address()
    yield explorer
    explorer.stop()


@pytest.fixture
def started():
    return start
