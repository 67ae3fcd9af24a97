"""Check a config only where it or its code has changed since it passed.

To check an entry is to build what it names, which imports torch and its company: ten seconds for a
whole config. An entry that passed is valid while it, the check, and the code of all that it names
are what they were.
"""

import hashlib
import importlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lso.fingerprints import modules

CHECK = "lso.validation"  # imported only if there is something to check: planning is to be quick
SCHEMA = "workflow/schemas/config.schema.yaml"


def check_once(
    config: dict, root: Path, memory: Path, fingerprint: Callable, builds: bool = True
) -> None:
    """Check a config, unless it was the last that passed and no code has changed since.

    Args:
        config: the merged config of the workflow.
        root: folder of the repository.
        memory: file that remembers what passed, a digest a line.
        fingerprint: of the code of modules.
        builds: whether components are built to check them; if not, nothing may be computed.
    """
    paths = [*sorted((root / "src").rglob("*.py")), root / SCHEMA]
    whole = digest_of_values(config, builds, [path.read_text() for path in paths])
    before = memory.read_text().split() if memory.exists() else []
    if whole in before:
        return
    passed = Passed(before, fingerprint, builds)
    importlib.import_module(CHECK).check(config, root, passed)
    with suppress(OSError):  # then it is checked again the next time
        memory.parent.mkdir(exist_ok=True)
        memory.write_text("\n".join([whole, *sorted(passed.now)]))


class Passed:
    """Digests of the checks that passed.

    Args:
        before: those of earlier times.
        fingerprint: of the code of modules.
        builds: whether to check what did not pass; what does not exist is always refused.
    """

    def __init__(self, before: Iterable[str], fingerprint: Callable[..., str], builds: bool = True):
        self.before = frozenset(before)
        self.now: set[str] = set()
        self.fingerprint = fingerprint
        self.builds = builds

    def check(self, check: Callable, role: str, entry: dict, where: str, *more: Any) -> None:
        """Call check(role, entry, where, *more) unless it passed before.

        Args:
            check: raises ConfigError if the entry is wrong.
            role: family of the component.
            entry: `kind` and settings.
            where: file and key, for errors; an entry may move.
            more: what else decides.
        """
        try:
            code = self.fingerprint(check.__module__, *modules(role, entry))
        except (OSError, ValueError):  # no such component: the check says where
            code = None
        digest = digest_of_values(check.__name__, role, entry, more, code)
        if code is None or digest not in self.before:
            if code is not None and not self.builds:
                return
            check(role, entry, where, *more)
        self.now.add(digest)


def digest_of_values(*what: Any) -> str:
    """Digest of what JSON can say."""
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()
