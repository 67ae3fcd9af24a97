"""Faults on real runs: `make faults`, or `make faults TIMES=3`, prints a table and writes it
to results/faults.

Every trial has a working directory of its own: the workflow starts, a fault strikes at a random
moment, and then one plain `snakemake` must end well and every digit of the history must be what
the undisturbed run found. Faults that need root or a SLURM of tests/slurm are left out elsewhere.
"""

import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import strikes
from project import FIRST_BLOCK, LOCAL, MODEL, ROOT, SLURM, Project, slurm_is_up

FOLDER = ROOT / "results/faults"
HEAD = "| fault | times | a plain run ended well | queries lost | rounds repeated, mean (most) |\n"
HEAD += "| --- | --- | --- | --- | --- |\n"


class Fault(NamedTuple):
    """How to strike, what is there before, and how often, of the times asked for."""

    strike: Callable[[Project, float], None]
    begun: tuple[str, ...] = MODEL
    share: float = 1.0


LOCAL_FAULTS = {
    "workflow killed (-9)": Fault(strikes.kill_workflow),
    "job killed (-9)": Fault(strikes.kill_job),
    "workflow killed (-9), from the data on": Fault(strikes.kill_workflow, (), 0.1),
    "job killed (-9), from the data on": Fault(strikes.kill_job, (), 0.1),
    "two workflows started": Fault(strikes.start_twice, share=0.2),
    "intermediate deleted": Fault(strikes.damage(strikes.delete), FIRST_BLOCK, 0.3),
    "intermediate truncated": Fault(strikes.damage(strikes.truncate), FIRST_BLOCK, 0.5),
    "intermediate with a flipped bit": Fault(strikes.damage(strikes.flip), FIRST_BLOCK, 0.5),
}
ROOT_FAULTS = {
    "disk full": Fault(strikes.fill_disk, share=0.4),
    "results read-only": Fault(strikes.freeze_results, share=0.3),
}
SLURM_FAULTS = {
    "SLURM: workflow killed (-9)": Fault(strikes.kill_workflow_on_cluster, share=0.2),
    "SLURM: job killed (-9)": Fault(strikes.kill_cluster_job),
    "SLURM: node drained": Fault(strikes.take_node("drain"), share=0.1),
    "SLURM: node down": Fault(strikes.take_node("down"), share=0.1),
    "SLURM: job over its memory": Fault(strikes.exceed_memory, share=0.1),
}


def attempt(fault: Fault, moment: float, origin: Project, arguments: tuple) -> tuple:
    """Strike once; return whether a plain run ended well, queries lost and rounds repeated."""
    with tempfile.TemporaryDirectory(prefix="fault-", ignore_cleanup_errors=True) as folder:
        with closing(Project(Path(folder), origin, fault.begun)) as project:
            fault.strike(project, moment)
            ended = project.wait(project.start(*arguments))
            expected, found = origin.history(), project.history() if ended else []
        lost = len(expected) - sum(a == b for a, b in zip(found, expected, strict=False))
        if not ended or lost:
            kept = FOLDER / f"failed-{moment:.3f}.txt"
            shutil.copy(project.printed, kept)
            print(f"struck at {moment:.3f} s: see {kept}", file=sys.stderr, flush=True)
    return ended, lost, len(project.rounds) - len(origin.rounds)


def undisturbed(project: Project, arguments: tuple = LOCAL) -> float:
    """Run without a fault; return the seconds."""
    start = time.perf_counter()
    if not project.wait(project.start(*arguments)):
        sys.exit(f"the undisturbed run failed: {project.printed.read_text()[-3000:]}")
    return time.perf_counter() - start


def strike_all(
    faults: dict[str, Fault], times: int, origin: Project, arguments: tuple, seconds: dict
) -> str:
    """Strike at random moments; print and return the rows of the table."""
    rows = []
    for name, fault in faults.items():
        if fault.begun not in seconds:
            with tempfile.TemporaryDirectory(prefix="undisturbed-") as folder:
                with closing(Project(Path(folder), origin, fault.begun)) as project:
                    seconds[fault.begun] = undisturbed(project, arguments)
                    assert project.history() == origin.history()
        number = max(1, round(fault.share * times))
        moments = [random.uniform(0, seconds[fault.begun]) for _ in range(number)]
        results = [attempt(fault, moment, origin, arguments) for moment in moments]
        ended, lost, repeated = zip(*results, strict=True)
        mean = sum(repeated) / number
        row = f"| {name} | {number} | {sum(ended)} | {sum(lost)} | {mean:.1f} ({max(repeated)}) |"
        print(row, flush=True)
        rows.append(f"{row}\n")
    return "".join(rows)


def main(times: int) -> None:
    """Strike, and write the table."""
    random.seed(0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    faults = LOCAL_FAULTS | (ROOT_FAULTS if os.geteuid() == 0 else {})
    with tempfile.TemporaryDirectory(prefix="undisturbed-") as folder:
        with closing(Project(Path(folder))) as origin:
            seconds = {(): undisturbed(origin), FIRST_BLOCK: 0.0}  # there, nothing runs
            print(f"{len(origin.history())} queries, {len(origin.rounds)} rounds\n\n{HEAD}", end="")
            table = HEAD + strike_all(faults, times, origin, LOCAL, seconds)
            if slurm_is_up():
                table += strike_all(SLURM_FAULTS, times, origin, SLURM, {})
    (FOLDER / "table.md").write_text(table)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # gives the disks back
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10)
