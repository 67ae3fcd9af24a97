"""Calls of foreign code that may crash or never end: in a child process, under a time limit.

Compiled code cannot be interrupted from within: a signal waits until it returns. So a forked
child works through the items, and a parent that waits too long, or finds it dead, gives up the
one item and goes on with a new child. A child stays for the next call: forking a process that
holds a model takes longer than most molecules do.
"""

import logging
import os
import weakref
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any

SECONDS = 60.0  # per item; thousands of times what the slowest decoded molecule has taken

logger = logging.getLogger(__name__)


class Isolated:
    """A function of one item that runs elsewhere.

    Args:
        function: anything; items and results are sent between processes. What it raises is raised.
        failed: the result of an item on which the child crashed or took too long.
        seconds: time limit of one item.
    """

    def __init__(self, function: Callable[[Any], Any], failed: Any, seconds: float = SECONDS):
        self.function, self.failed, self.seconds = function, failed, seconds
        self._lock = Lock()
        self._pipe = self._owner = self._end = None

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        """Apply the function to every item, in order."""
        results: list[Any] = []
        with self._lock:
            while len(results) < len(items):
                try:
                    self._apply(items[len(results) :], results)
                except (TimeoutError, EOFError, BrokenPipeError) as reason:
                    self._stop()
                    item = items[len(results)]
                    logger.warning("gave up %.200r: %s", item, str(reason) or "the process died")
                    results.append(self.failed)
        return results

    def _apply(self, items: Sequence[Any], results: list[Any]) -> None:
        """Extend the results until an item fails."""
        if self._owner != os.getpid():  # no child yet, or it is the child of our parent
            self._start()
        self._pipe.send(list(items))
        for _ in items:
            if not self._pipe.poll(self.seconds):
                raise TimeoutError(f"no answer in {self.seconds} s")
            result = self._pipe.recv()
            if isinstance(result, _Raised):
                raise result.error
            results.append(result)

    def _start(self) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._owner = os.getpid()
        arguments = (self.function, theirs, self._owner)
        child = context.Process(target=_work, args=arguments, daemon=True)
        child.start()
        theirs.close()
        self._end = weakref.finalize(self, _end, child, self._pipe, self._owner)

    def _stop(self) -> None:
        self._end()
        self._owner = None


class _Raised:
    """What a call raised, on its way to the parent."""

    def __init__(self, error: Exception):
        self.error = error


def _end(child: BaseProcess, pipe: Connection, owner: int) -> None:
    if owner == os.getpid():
        pipe.close()
        child.kill()
        child.join()


def _work(function: Callable, pipe: Connection, parent: int) -> None:
    """Answer as long as the parent lives; later children hold the pipe open, too."""
    while os.getppid() == parent:
        if not pipe.poll(5):
            continue
        for item in pipe.recv():
            try:
                pipe.send(function(item))
            except Exception as error:
                pipe.send(_Raised(error))
                break
