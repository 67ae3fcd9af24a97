"""Calls of foreign code that may crash or never end: in a child process, under a time limit.

Compiled code cannot be interrupted from within: a signal waits until it returns. So a forked
child works through the items, and a parent that waits too long, or finds it dead, gives up the
one item and goes on with a new child. A child stays for the next call: forking a process that
holds a model takes longer than most molecules do.
"""

import logging
import math
import os
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from threading import Lock
from typing import Any

SECONDS = 60.0  # per item; thousands of times what the slowest decoded molecule has taken
ENOUGH = 50  # items for one child, whose start costs as much CPU time (30 ms) as 20 molecules do

logger = logging.getLogger(__name__)


class Isolated:
    """A function of one item that runs elsewhere.

    Args:
        function: anything; items and results are sent between processes. What it raises is raised.
        failed: the result of an item on which the child crashed or took too long.
        seconds: time limit of one item.
        workers: children that share a batch, one to every `ENOUGH` items; on the results they
            have no effect.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        failed: Any,
        seconds: float = SECONDS,
        workers: int = 1,
    ):
        self.failed, self.seconds = failed, seconds
        self._lock = Lock()
        self._children = [_Child(function) for _ in range(workers)]

    def __call__(self, items: Sequence[Any]) -> list[Any]:
        """Apply the function to every item, in order."""
        with self._lock:
            children = self._children[: math.ceil(len(items) / ENOUGH)]
            try:
                return list(self._results(children, items))
            except BaseException:  # what is left in the pipes answers no later call
                for child in children:
                    child.stop()
                raise

    def _results(self, children: list["_Child"], items: Sequence[Any]) -> Iterator[Any]:
        """Deal the items out like cards, so that reading in order keeps every child at work."""
        n = len(children)
        for i, child in enumerate(children):
            child.send(items[i::n])
        for i, item in enumerate(items):
            child = children[i % n]
            try:
                yield child.receive(self.seconds)
            except (TimeoutError, EOFError, ConnectionError) as reason:
                child.stop()
                logger.warning("gave up %.200r: %s", item, str(reason) or "the process died")
                yield self.failed
                if rest := items[i + n :: n]:
                    child.send(rest)


class _Child:
    """A process that applies a function to what it is sent; starts when it is needed."""

    def __init__(self, function: Callable[[Any], Any]):
        self.function = function
        self._process = self._pipe = self._owner = self._end = None

    def send(self, items: Sequence[Any]) -> None:
        # no child yet, or it is the child of our parent, or it died since
        if self._owner != os.getpid() or not self._process.is_alive():
            self.stop()
            self._start()
        with suppress(ConnectionError):  # that it dies just now, `receive` will tell
            self._pipe.send(list(items))

    def receive(self, seconds: float) -> Any:
        if not self._pipe.poll(seconds):
            raise TimeoutError(f"no answer in {seconds} s")
        result = self._pipe.recv()
        if isinstance(result, _Raised):
            raise result.error
        return result

    def stop(self) -> None:
        if self._owner == os.getpid():
            self._end()
            self._owner = None

    def _start(self) -> None:
        context = get_context("fork")
        self._pipe, theirs = context.Pipe()
        self._owner = os.getpid()
        arguments = (self.function, theirs, self._owner)
        self._process = context.Process(target=_work, args=arguments, daemon=True)
        self._process.start()
        theirs.close()
        self._end = weakref.finalize(self, _end, self._process, self._pipe, self._owner)


class _Raised:
    """What a call raised, on its way to the parent."""

    def __init__(self, error: Exception):
        self.error = error


def _end(process: BaseProcess, pipe: Connection, owner: int) -> None:
    if owner == os.getpid():
        pipe.close()
        process.kill()
        process.join()


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
