"""Faults. Each starts the workflow, strikes at a moment and waits for the end of what it struck."""

import os
import random
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil
from project import SLURM, Project, one_of, pause, size, slurm

Strike = Callable[[Project, float], None]


def kill_workflow(project: Project, moment: float, arguments: tuple[str, ...] = ()) -> None:
    """Kill -9 of the workflow."""
    process = project.start(*arguments)
    pause(process, moment)
    process.kill()
    project.wait(process)


def kill_job(project: Project, moment: float) -> None:
    """Kill -9 of a job."""
    process = project.start()
    pause(process, moment)
    job = one_of(project.jobs, process)
    with suppress(AttributeError, psutil.NoSuchProcess):
        job.kill()
    project.wait(process)


def start_twice(project: Project, moment: float) -> None:
    """A second workflow while one runs."""
    first = project.start()
    pause(first, moment)
    second = project.start()
    project.wait(second)
    project.wait(first)


def fill_disk(project: Project, moment: float) -> None:
    """A disk that takes a part of the results, and is enlarged after the workflow failed."""
    finished = size(project.origin.root)
    project.shrink(size(project.root) + int(random.uniform(0.05, 0.95) * finished))
    project.wait(project.start())
    project.shrink(2**20)


def freeze_results(project: Project, moment: float) -> None:
    """Results that become read-only while the workflow runs, and writable again."""
    process = project.start()
    pause(process, moment)
    project.freeze()
    project.wait(process)
    project.unmount()
    project.unmount()


def delete(path: Path) -> None:
    """Remove a file."""
    path.unlink()


def truncate(path: Path) -> None:
    """Cut a file, keeping its time."""
    content = path.read_bytes()
    _replace(path, content[: random.randrange(len(content))])


def flip(path: Path) -> None:
    """Flip one bit of a file, keeping its time."""
    content = bytearray(path.read_bytes())
    content[random.randrange(len(content))] ^= 1 << random.randrange(8)
    _replace(path, bytes(content))


def _replace(path: Path, content: bytes) -> None:
    before = path.stat()
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def damage(how: Callable[[Path], None]) -> Strike:
    """Damage of a table or checkpoint while no workflow runs."""

    def strike(project: Project, moment: float) -> None:
        how(random.choice(project.files()))

    return strike


def kill_workflow_on_cluster(project: Project, moment: float) -> None:
    """Kill -9 of a workflow whose jobs are on the cluster, and go on."""
    kill_workflow(project, moment, SLURM)


def kill_cluster_job(project: Project, moment: float) -> None:
    """Kill -9 of a job on the cluster."""
    process = project.start(*SLURM)
    pause(process, moment)
    running = ("squeue", "--me", "-h", "-t", "running", "-o", "%i")
    if job := one_of(lambda: slurm(*running).split(), process):
        slurm("scancel", "--full", "--signal=KILL", job)
    project.wait(process)


def take_node(state: str) -> Strike:
    """Ten seconds without the node: `drain` lets its jobs end, `down` does not."""

    def strike(project: Project, moment: float) -> None:
        node = slurm("sinfo", "-h", "-o", "%n").split()[0]
        process = project.start(*SLURM)
        pause(process, moment)
        slurm("scontrol", "update", f"NodeName={node}", f"State={state}", "Reason=experiment")
        time.sleep(10)
        slurm("scontrol", "update", f"NodeName={node}", "State=resume")
        project.wait(process)

    return strike


def exceed_memory(project: Project, moment: float) -> None:
    """Blocks that ask for less memory than they take, at every attempt."""
    resources = [f"{rule}:mem_mb=40" for rule in ("run_block", "run_method")]
    project.wait(project.start(*SLURM, "--set-resources", *resources))
