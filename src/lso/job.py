"""What every script of the workflow does first."""

import os
import signal
import sys
import threading
import traceback
from contextlib import suppress
from types import TracebackType

from lso.storage import DamagedFile

WORKFLOW = "LSO_WORKFLOW"  # environment: process that runs the workflow
PUT_ASIDE = "put aside as"
PERIOD = 1.0  # seconds between two looks at it


def begin(log: str) -> None:
    """Print to the log, end with the workflow, and put damaged files aside.

    Args:
        log: path of the job's log.
    """
    sys.stdout = sys.stderr = open(log, "w", buffering=1)
    sys.excepthook = _put_aside
    if WORKFLOW in os.environ:
        threading.Thread(target=_end_with, args=(int(os.environ[WORKFLOW]),)).start()


def _end_with(workflow: int) -> None:
    """An orphan would go on for minutes, beside the job that takes its place.

    No daemon: a thread that is alone when Python ends may abort the process.
    """
    job = threading.main_thread()
    try:
        while job.is_alive():
            os.kill(workflow, 0)
            job.join(PERIOD)
    except ProcessLookupError:
        print(f"the workflow, process {workflow}, has ended, and so does its job")
        os.kill(os.getpid(), signal.SIGTERM)


def _put_aside(kind: type, error: BaseException, trace: TracebackType | None) -> None:
    traceback.print_exception(kind, error, trace)
    if isinstance(error, DamagedFile):
        file = error.path.resolve()  # that of a shared cache, if there it is
        aside = file.with_name(f"{file.name}.damaged")
        with suppress(OSError):
            file.replace(aside)
            error.path.unlink(missing_ok=True)
            print(f"{error.path} {PUT_ASIDE} {aside.name}: run again, and it is made again")
