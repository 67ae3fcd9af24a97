"""What the workflow itself does about faults; `lso.job` is what its jobs do."""

import fcntl
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from lso.job import PUT_ASIDE

STARTS = "LSO_STARTS"  # environment: how often this workflow has started
MOST_STARTS = 10


def claim(folder: Path) -> TextIO:
    """Remove the locks that killed workflows left; return what marks this one as alive while open.

    Snakemake's locks are files and outlive a workflow that is killed; a lock of the kernel does
    not. Whoever holds that one alone knows all others dead. Where another lives, or the file
    system has no locks, Snakemake's own decide.

    Args:
        folder: Snakemake's, `.snakemake` in the working directory.
    """
    folder.mkdir(exist_ok=True)
    alive = (folder / "alive").open("w")
    with suppress(OSError):
        fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        for lock in (folder / "locks").glob("*"):
            lock.unlink(missing_ok=True)
    with suppress(OSError):
        fcntl.flock(alive, fcntl.LOCK_SH)
    return alive


def start_again(logs: list[str], folder: Path) -> None:
    """Become a new start of the same command if a job has put a damaged file aside.

    Only a new start plans the making of a file that is no longer there. Each damaged file costs
    one; a disk that damages whatever is written stops after ten.

    Args:
        logs: files of what the workflow printed.
        folder: from which the workflow was started.
    """
    starts = int(os.environ.get(STARTS, "1"))
    printed = "".join(Path(log).read_text(errors="replace") for log in logs)
    if PUT_ASIDE not in printed or starts == MOST_STARTS:
        return
    print("a damaged file was put aside: starting again", file=sys.stderr, flush=True)
    os.environ[STARTS] = str(starts + 1)
    os.chdir(folder)
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])
