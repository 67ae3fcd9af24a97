"""One finished smoke study, made by the workflow itself, for all tests of this folder."""

import fcntl
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "workflow", "config", "src", "profiles", "envs", "docs", "CITATION.cff")


class Checkout:
    """A copy of the repository in which Snakemake runs."""

    def __init__(self, root: Path):
        self.root = root

    @classmethod
    def fresh(cls, root: Path) -> "Checkout":
        root.mkdir(exist_ok=True)
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, root / part, ignore=ignore, dirs_exist_ok=True)
            else:
                shutil.copy2(source, root / part)
        return cls(root)

    @property
    def study(self) -> dict:
        """The entry of the smoke study."""
        text = (self.root / "config/studies/smoke.yaml").read_text()
        return yaml.safe_load(text)["studies"]["smoke"]

    def history(self, path: Path | str) -> str:
        """All digits of a history, as text: NaN equals NaN."""
        columns = ["round", "query", "x", "z", "y", "valid"]
        return repr(pq.read_table(self.root / path, columns=columns).to_pydict())

    def snakemake(self, *arguments: str, cores: int | None = 2) -> subprocess.CompletedProcess:
        bound = [] if cores is None else ["--cores", str(cores)]
        command = [sys.executable, "-m", "snakemake", *bound, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True)

    def planned(self, *targets: str) -> dict[str, int]:
        """Jobs per rule that a run would start now."""
        return self.plan(*targets)[0]

    def plan(self, *targets: str) -> tuple[dict[str, int], str]:
        """Jobs per rule that a run would start now, and what Snakemake prints about them."""
        result = self.snakemake(*targets, "--dry-run")
        assert result.returncode == 0, result.stderr
        text = result.stdout + result.stderr
        table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", text, re.M | re.S)
        if table is None:
            assert "Nothing to be done" in text, text
            return {}, text
        counts = {line.split()[0]: int(line.split()[1]) for line in table[1].splitlines()}
        skipped = ("total", "smoke", "all")
        return {rule: n for rule, n in counts.items() if rule not in skipped}, text


@pytest.fixture(scope="session")
def finished(tmp_path_factory):
    """A finished smoke study, made once for all test processes; to be copied only."""
    folder = tmp_path_factory.getbasetemp()
    folder = folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder
    done = folder / "finished"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            result = Checkout.fresh(folder / "smoke").snakemake("smoke")
            assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-6000:]
            done.touch()
    return folder / "smoke"


@pytest.fixture(scope="module")
def smoke(finished, tmp_path_factory):
    """A finished smoke study for the tests of one file: another folder, the same times."""
    root = tmp_path_factory.mktemp("smoke") / "copy"
    shutil.copytree(finished, root, symlinks=True)
    return Checkout(root)


@pytest.fixture
def checkout(tmp_path):
    return Checkout.fresh(tmp_path)
