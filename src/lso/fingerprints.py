"""Fingerprint the code that a config entry names, without importing it."""

import ast
import functools
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

from lso.kinds import ROLES, SOURCE, module_name


def modules(role: str, entry: dict) -> Iterator[str]:
    """Yield the modules of a config entry and of the components nested in it."""
    if "kind" in entry:
        yield module_name(role, entry["kind"])
    for key, value in entry.items():
        if isinstance(value, dict):
            yield from modules(ROLES.get(key, key), value)


class Sources:
    """Code as it is now: every file is read once, for all fingerprints.

    Args:
        root: folder of the package.
    """

    def __init__(self, root: Path = SOURCE):
        self.root = root
        self._module = functools.cache(self._read)

    def fingerprint(self, *names: str) -> str:
        """Hash the code of modules (or scripts) and of everything of ours that they import.

        Comments, docstrings and layout do not count.

        Args:
            names: dotted module names below the root, or paths of scripts.

        Raises:
            FileNotFoundError: a name is neither.
        """
        seen: dict[str, str] = {}
        todo = list(names)
        for name in names:
            if self._module(name) is None:
                raise FileNotFoundError(f"no module or script {name!r} below {self.root}")
        while todo:
            name = todo.pop()
            if name not in seen and (module := self._module(name)) is not None:
                imported, seen[name] = module
                todo += imported
        digest = hashlib.sha256()
        for name, code in sorted(seen.items()):
            digest.update(f"{Path(name).name}\n{code}\n".encode())
        return digest.hexdigest()[:16]

    def _read(self, name: str) -> tuple[list[str], str] | None:
        """What a module imports, its package first, and its code; None if it is not ours."""
        script = name.endswith(".py")
        path = Path(name) if script else self.root.joinpath(*name.split("."))
        candidates = [path] if script else [path.with_suffix(".py"), path / "__init__.py"]
        found = next((candidate for candidate in candidates if candidate.is_file()), None)
        if found is None:
            return None
        package = name if found.name == "__init__.py" else name.rpartition(".")[0]
        tree = ast.parse(found.read_text())
        imported = imports(tree, package)
        return (imported if script else [package, *imported]), _code(tree)


def imports(tree: ast.Module, package: str) -> list[str]:
    """Names of what a module of a package imports, whether ours or not, module or not."""
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            relative = "." * node.level + (node.module or "")
            base = importlib.util.resolve_name(relative, package) if node.level else relative
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def _code(tree: ast.Module) -> str:
    """Unparse without docstrings (`ast.unparse`, as `ast.dump` differs between Pythons)."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
                node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)
