"""From the start of the explorer to its first frame; needs checkpoints of the default study."""

import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", ["squares_short", "expressions_short", "molecules"])
def test_first_frame(benchmark, tmp_path, name):
    checkpoint = ROOT / "results" / "models" / name / "checkpoint.safetensors"
    if not checkpoint.exists():
        pytest.skip(f"no {checkpoint.name} of the model {name}; `make study` trains it")
    number = iter(range(100))

    def show():
        session = tmp_path / f"{next(number)}.session"
        words = [str(checkpoint), "port=0", f"session={session}"]
        process = subprocess.Popen(
            [sys.executable, "-m", "lso.explore", *words],
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            line = process.stderr.readline()
            assert "open http" in line, line + process.stderr.read()
            url = line.split()[2]
            with urllib.request.urlopen(url, timeout=60) as page:
                assert b"<html" in page.read()
            with urllib.request.urlopen(f"{url}/lines/0/frames", timeout=60) as frames:
                assert b"frames" in frames.readline()
        finally:
            process.kill()
            process.wait()

    benchmark.pedantic(show, rounds=5, warmup_rounds=1)
