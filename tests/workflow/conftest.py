"""One finished smoke study, made by the workflow itself, for all tests of this folder."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "workflow", "config", "src", "profiles", "envs", "CITATION.cff")


class Checkout:
    """A copy of the repository in which Snakemake runs."""

    def __init__(self, root: Path):
        self.root = root
        for part in PARTS:
            source = ROOT / part
            if source.is_dir():
                ignore = shutil.ignore_patterns("__pycache__")
                shutil.copytree(source, root / part, ignore=ignore)
            else:
                shutil.copy2(source, root / part)

    def snakemake(self, *arguments: str, cores: int | None = 2) -> subprocess.CompletedProcess:
        bound = [] if cores is None else ["--cores", str(cores)]
        command = [sys.executable, "-m", "snakemake", *bound, *arguments]
        return subprocess.run(command, cwd=self.root, capture_output=True, text=True)

    def planned(self, *targets: str) -> dict[str, int]:
        """Jobs per rule that a run would start now."""
        result = self.snakemake(*targets, "--dry-run")
        assert result.returncode == 0, result.stderr
        text = result.stdout + result.stderr
        table = re.search(r"^job +count\n[- ]+\n(.*?)\n\n", text, re.M | re.S)
        if table is None:
            assert "Nothing to be done" in text, text
            return {}
        counts = {line.split()[0]: int(line.split()[1]) for line in table[1].splitlines()}
        return {rule: n for rule, n in counts.items() if rule not in ("total", "smoke", "all")}


@pytest.fixture(scope="session")
def smoke(tmp_path_factory):
    checkout = Checkout(tmp_path_factory.mktemp("smoke"))
    result = checkout.snakemake("smoke")
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-6000:]
    return checkout


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)
