"""A working directory in which the workflow runs, on a disk of its own where root can mount one."""

import os
import random
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pyarrow.parquet as pq

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Snakefile", "workflow", "config", "src", "profiles", "envs")
# squares with weighted retraining, in two blocks: data, scores, training, and runs with retraining
# squares with weighted retraining, in two blocks
RUN = "smoke/squares_smoke/squares_smoke/squares_smoke/seed1"
TARGET = f"results/{RUN}/history.parquet"
# what a trial may begin with, below `results`
MODEL = ("datasets", "tasks", "models")
FIRST_BLOCK = (*MODEL, f"{RUN}/blocks", f"logs/run_method/{RUN}.1.log")
COLUMNS = ["round", "query", "x", "z", "y", "valid"]
LOCAL = ("--cores", "2")
SLURM = ("--profile", "profiles/slurm", "--slurm-status-command", "squeue")
SLURM += ("--slurm-init-seconds-before-status-checks", "1")
ROUND = re.compile(r"^\S+ \S+ query \d+, best", re.M)


class Project:
    """A working directory that shares its code with this one.

    Args:
        folder: what the workflow prints goes there.
        origin: a run that nothing struck.
        begun: what to take from it, below `results`.
    """

    def __init__(self, folder: Path, origin: "Project | None" = None, begun: tuple[str, ...] = ()):
        self.origin = origin
        self.root, self.printed = folder / "project", folder / "printed.txt"
        self.rounds: set[tuple[str, str]] = set()  # log and line of every round ever seen
        self.root.mkdir(parents=True)
        self.mounts: list[Path] = []
        if os.geteuid() == 0:
            self._mount("-t", "tmpfs", "lso", to=self.root)
        for part in PARTS:
            (self.root / part).symlink_to(ROOT / part)
        if origin:
            for name in (".snakemake", *(f"results/{part}" for part in begun)):
                source, target = origin.root / name, self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if source.is_dir() else shutil.copy2
                copy(source, target)

    def close(self) -> None:
        """Wait for orphans and give the disk back."""
        if slurm_is_up():
            jobs = (
                line.split() for line in slurm("squeue", "--me", "-h", "-o", "%i %Z").splitlines()
            )
            for job in [number for number, place in jobs if place == str(self.root)]:
                slurm("scancel", job)
        for process in self.jobs():
            process.wait(60)
        while self.mounts:
            self.unmount()

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start the workflow."""
        command = [sys.executable, "-m", "snakemake", TARGET, *(arguments or LOCAL)]
        with self.printed.open("a") as file:
            return subprocess.Popen(
                command, cwd=self.root, stdout=file, stderr=file, start_new_session=True
            )

    def wait(self, process: subprocess.Popen) -> bool:
        """Wait for a workflow, note its rounds, and tell whether it ended well."""
        while process.poll() is None:
            self.look()
            time.sleep(0.2)
        self.look()
        return process.returncode == 0

    def look(self) -> None:
        """Note the rounds in today's logs: those of an attempt go when the next begins."""
        for log in (self.root / "results/logs/run_method").rglob("*.log"):
            text = log.read_text() if log.exists() else ""
            self.rounds |= {(log.name, line) for line in ROUND.findall(text)}

    def jobs(self) -> list[psutil.Process]:
        """Scripts that run now."""
        mark = str(self.root / ".snakemake" / "scripts")
        found = psutil.process_iter(["cmdline"])
        return [p for p in found if any(mark in word for word in p.info["cmdline"] or ())]

    def files(self) -> list[Path]:
        """Tables and checkpoints that exist."""
        found = sorted((self.root / "results").rglob("*.*"))
        return [path for path in found if path.suffix in (".parquet", ".safetensors")]

    def history(self) -> list[str]:
        """All digits of all rows, as text: NaN equals NaN."""
        table = pq.read_table(self.root / TARGET, columns=COLUMNS)
        return [repr(row) for row in table.to_pylist()]

    def shrink(self, kilobytes: int) -> None:
        """Give the disk a size."""
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", self.root], check=True)

    def freeze(self) -> None:
        """Make what the workflow writes read-only, also for root and for open folders."""
        for name in ("results", ".snakemake"):
            folder = self.root / name
            folder.mkdir(exist_ok=True)
            self._mount("--bind", str(folder), to=folder)
            subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)

    def unmount(self) -> None:
        """Take the last mount away."""
        subprocess.run(["umount", "-l", self.mounts.pop()], check=True)

    def _mount(self, *options: str, to: Path) -> None:
        subprocess.run(["mount", *options, to], check=True)
        self.mounts.append(to)


def size(folder: Path) -> int:
    """Kilobytes of all files."""
    return sum(p.lstat().st_size for p in folder.rglob("*") if p.is_file()) // 1024


def slurm(*command: str) -> str:
    """Output of a command of SLURM."""
    return subprocess.run(command, capture_output=True, text=True).stdout


def slurm_is_up() -> bool:
    """Whether a SLURM answers that tests/slurm has started."""
    conf = Path("/etc/slurm/slurm.conf")
    ours = conf.exists() and "tests/slurm/cluster.sh" in conf.read_text()
    return ours and "is UP" in slurm("scontrol", "ping")


def pause(process: subprocess.Popen, seconds: float) -> None:
    """Sleep, or less if the workflow ends before."""
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)


def one_of(found, process: subprocess.Popen):
    """One of what a function finds, or None if the workflow ends before it finds anything."""
    while process.poll() is None:
        if some := found():
            return random.choice(some)
        time.sleep(0.05)
    return None
