"""The workflow on a real SLURM, GPU jobs included, equals the local one digit by digit."""

import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet as pq
import pytest

# a run with retraining, in two blocks, and all that it needs; every job costs ten seconds of SLURM
RUNS = ["squares_smoke/squares_smoke/squares_smoke/seed1"]
COLUMNS = ["round", "query", "x", "z", "y", "valid"]
# this SLURM keeps no accounts, and its jobs are seconds long
ON_TEST_CLUSTER = ["--slurm-status-command", "squeue"]
ON_TEST_CLUSTER += ["--slurm-init-seconds-before-status-checks", "1"]


def _missing() -> str:
    """Why the test cannot run here, or nothing."""
    conf = Path("/etc/slurm/slurm.conf")
    if not conf.exists() or "tests/slurm/cluster.sh" not in conf.read_text():
        return "no SLURM of ours; on Debian, root starts one with tests/slurm/cluster.sh start"
    ping = subprocess.run(["scontrol", "ping"], capture_output=True, text=True)
    return "" if "is UP" in ping.stdout else f"SLURM does not answer: {ping.stdout}{ping.stderr}"


def _histories(checkout) -> list[str]:
    """All digits of the histories, as text: NaN equals NaN."""
    paths = [checkout.root / "results/smoke" / run / "history.parquet" for run in RUNS]
    return [repr(pq.read_table(path, columns=COLUMNS).to_pydict()) for path in paths]


def _submitted(folder: Path) -> dict[str, str]:
    """Rule of every job that was submitted from a folder -> the GPUs that it asked for."""
    queue = ["squeue", "--me", "--states", "all", "--noheader", "-O"]
    queue += ["WorkDir:|,Comment:|,tres-per-job:|"]
    lines = subprocess.run(queue, capture_output=True, text=True, check=True).stdout.splitlines()
    jobs = (line.split("|")[:3] for line in lines)
    return {comment: gpus for place, comment, gpus in jobs if place == str(folder)}


@pytest.mark.skipif(_missing() != "", reason=_missing())
def test_histories_through_slurm_equal_local_ones(checkout):
    targets = [f"results/smoke/{run}/history.parquet" for run in RUNS]
    result = checkout.snakemake(*targets)
    assert result.returncode == 0, result.stderr[-6000:]
    local = _histories(checkout)
    for folder in ("results", ".snakemake"):
        shutil.rmtree(checkout.root / folder)
    profile = ["--profile", "profiles/slurm", *ON_TEST_CLUSTER]
    result = checkout.snakemake(*targets, *profile, cores=None)
    assert result.returncode == 0, result.stdout[-3000:] + result.stderr[-6000:]
    assert _histories(checkout) == local
    jobs = _submitted(checkout.root)
    for rule in ("prepare_dataset", "score_objects", "train_model", "run_block", "run_method"):
        gpus = {jobs[comment] for comment in jobs if comment.startswith(f"rule_{rule}")}
        wanted = rule in ("train_model", "run_block", "run_method")
        assert gpus == {"gres:gpu:1" if wanted else "N/A"}, (rule, jobs)
