"""How long planning takes, and how much memory: `make planning` prints the curve.

A study of the squares with many seeds, two blocks a run; nothing of it has been made. The first
planning of all also builds every component that the config names, to check it.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]
STUDY = ROOT / "config/studies/weighted_retraining.yaml"
JOBS = (500, 1000, 2000, 4000, 8000)


def study(jobs: int) -> dict:
    """Config of a study of about so many jobs, eight methods of the squares."""
    runs = yaml.safe_load(STUDY.read_text())["studies"][STUDY.stem]["runs"]
    names = [name for run in runs if run["task"] == "squares" for name in run["methods"]]
    methods = list(dict.fromkeys(names))[:8]
    seeds = list(range(jobs // (2 * len(methods))))
    run = {"task": "squares", "model": "squares", "methods": methods, "seeds": seeds}
    return {"runs": [run | {"queries": 500, "blocks": 2}], "figures": {}, "claims": []}


def plan(jobs: int, folder: Path) -> tuple[float, float]:
    """Return CPU seconds and peak memory in MB of a dry run."""
    overlay = folder / f"{jobs}.json"
    overlay.write_text(json.dumps({"studies": {"planned": study(jobs)}}))
    command = [sys.executable, "-m", "snakemake", "planned", "--dry-run", "--quiet", "all"]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)]
    log = folder / "log"
    with log.open("w") as file:
        command += ["--configfile", str(overlay)]
        child = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise RuntimeError(f"planning {jobs} jobs failed: {log.read_text()[-2000:]}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main(numbers: list[int]) -> None:
    """Print a table."""
    print("| jobs | CPU seconds | memory, MB |")
    print("| --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for i, jobs in enumerate([numbers[0], *numbers]):
            seconds, memory = plan(jobs, Path(folder))
            first = "" if i else ", and a config never checked before"
            print(f"| {jobs}{first} | {seconds:.1f} | {memory:.0f} |", flush=True)


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]] or list(JOBS))
