"""Calls of foreign code that may crash or never end: in a child process, under a time limit.

Compiled code cannot be interrupted from within: a signal waits until it returns. So a forked
child works through the items and a parent that waits too long, or finds it dead, gives up the
one item and goes on with the next.
"""

import logging
from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

SECONDS = 60.0  # per item; thousands of times what the slowest decoded molecule has taken

logger = logging.getLogger(__name__)


def apply_limited(
    function: Callable[[Any], Any], items: Sequence[Any], failed: Any, seconds: float = SECONDS
) -> list[Any]:
    """Apply a function to every item, in order.

    Args:
        function: anything; its results are sent between processes. What it raises is raised.
        items: its arguments.
        failed: the result of an item on which the child crashed or took too long.
        seconds: time limit of one item.
    """
    results: list[Any] = []
    while len(results) < len(items):
        here, there = get_context("fork").Pipe(duplex=False)
        rest = items[len(results) :]
        child = get_context("fork").Process(target=_work, args=(function, rest, here, there))
        child.start()
        there.close()
        try:
            for _ in rest:
                if not here.poll(seconds):
                    raise TimeoutError(f"no answer in {seconds} s")
                result = here.recv()
                if isinstance(result, _Raised):
                    raise result.error
                results.append(result)
        except (TimeoutError, EOFError) as reason:
            child.kill()
            item = items[len(results)]
            logger.warning("gave up %.200r: %s", item, str(reason) or "the process died")
            results.append(failed)
        finally:
            here.close()
            child.kill()
            child.join()
    return results


class _Raised:
    """What a call raised, on its way to the parent."""

    def __init__(self, error: Exception):
        self.error = error


def _work(function: Callable, items: Sequence, unused: Connection, there: Connection) -> None:
    unused.close()
    for item in items:
        try:
            there.send(function(item))
        except Exception as error:
            there.send(_Raised(error))
            return
