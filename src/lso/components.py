"""Find, build and fingerprint what a config entry names.

`kind: rank` under the role `weighting` is the class `Rank` of `lso/weighting.py`;
`kind: prior_sampling` under the role `methods` is the class `PriorSampling` of
`lso/methods/prior_sampling.py`. The constructor's arguments are the allowed settings.
"""

import ast
import hashlib
import importlib
import importlib.util
import inspect
import typing
from collections.abc import Collection, Iterator
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

from beartype.door import is_bearable

SOURCE = Path(__file__).resolve().parents[1]
# the setting under which a component may be nested in another, and where its kinds live
ROLES = {
    "inner": "methods",
    "objective": "objectives",
    "optimiser": "optimisers",
    "region": "regions",
    "representation": "representations",
    "score": "latent_scores",
    "surrogate": "surrogates",
    "user": "users",
    "weighting": "weighting",
}


class ConfigError(ValueError):
    """A config entry names something unknown or gives a setting a wrong value."""


def module_name(role: str, kind: str) -> str:
    """Return the module that defines a kind; raises ConfigError naming the known kinds."""
    folder = SOURCE / "lso" / role
    if folder.is_dir():
        known = sorted(p.stem for p in folder.glob("[!_]*.py"))
        name = f"lso.{role}.{kind}"
    else:
        tree = ast.parse(folder.with_suffix(".py").read_text())
        known = sorted(_snake(node.name) for node in tree.body if isinstance(node, ast.ClassDef))
        name = f"lso.{role}"
    if kind not in known:
        raise ConfigError(f"no {role} component {kind!r}; known: {', '.join(known)}")
    return name


def component(role: str, kind: str) -> type:
    """Return the class of a kind."""
    module = importlib.import_module(module_name(role, kind))
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__ and _snake(name) == kind:
            return value
    raise ConfigError(f"{module.__name__} has no class named after {kind!r}")


def build(role: str, entry: dict, where: str = "", **given: Any) -> Any:
    """Construct what `entry` = {kind, settings...} names.

    Args:
        role: family of the component: a folder or a module of the package.
        entry: `kind` and constructor arguments, nested components as mappings.
        where: file and key, put in front of every error.
        given: further constructor arguments, which are not settings.

    Raises:
        ConfigError: unknown kind or setting, missing setting, wrong type or range.
    """
    try:
        if "kind" not in entry:
            raise ConfigError(f"expected a mapping with the key 'kind', came {entry}")
        cls = component(role, entry["kind"])
        settings = {key: value for key, value in entry.items() if key != "kind"}
        return cls(**given, **_checked(cls, settings, set(given), where))
    except ConfigError as error:
        if where and where not in str(error):
            raise ConfigError(f"{where}: {error}") from None
        raise
    except (TypeError, ValueError) as error:
        raise ConfigError(f"{where}: {entry['kind']}: {error}") from error


def completed(role: str, entry: dict, **offered: Any) -> dict:
    """Return the entry with what it leaves to the run and its constructor cannot do without.

    An entry that does not set a required `seed` stands for a family of cases: every seed of a
    run is another one, the same for all methods.

    Args:
        role: family of the component.
        entry: `kind` and settings.
        offered: what the run has to give.
    """
    needed = _left_open(component(role, entry["kind"]), entry)
    return entry | {name: value for name, value in offered.items() if name in needed}


def check_settings(role: str, entry: dict, where: str = "", offered: Collection[str] = ()) -> None:
    """Check names and types of an entry's settings without constructing it.

    Args:
        role: family of the component.
        entry: `kind` and settings.
        where: file and key, put in front of every error.
        offered: names that `completed` will add where the entry leaves them open.

    Raises:
        ConfigError: unknown kind or setting, missing setting or wrong type.
    """
    try:
        settings = {key: value for key, value in entry.items() if key != "kind"}
        cls = component(role, entry["kind"])
        _checked(cls, settings, _left_open(cls, entry) & set(offered), where)
    except ConfigError as error:
        raise error if str(error).startswith(where) else ConfigError(f"{where}: {error}") from None


def modules(role: str, entry: dict) -> Iterator[str]:
    """Yield the modules of a config entry and of the components nested in it."""
    if "kind" in entry:
        yield module_name(role, entry["kind"])
    for key, value in entry.items():
        if isinstance(value, dict):
            yield from modules(ROLES.get(key, key), value)


def fingerprint(*names: str, root: Path = SOURCE) -> str:
    """Hash the code of modules (or scripts) and of everything of ours that they import.

    Comments, docstrings and layout do not count.

    Args:
        names: dotted module names below `root`, or paths of scripts.

    Raises:
        FileNotFoundError: a name is neither.
    """
    seen: dict[str, str] = {}
    todo = list(names)
    for name in names:
        if _file(name, root) is None:
            raise FileNotFoundError(f"no module or script {name!r} below {root}")
    while todo:
        name = todo.pop()
        path = _file(name, root)
        if path is None or name in seen:
            continue
        tree = ast.parse(path.read_text())
        package = name if path.name == "__init__.py" else name.rpartition(".")[0]
        todo += _imports(tree, package)
        todo += [package] if package and not name.endswith(".py") else []
        seen[name] = _code(tree)
    digest = hashlib.sha256()
    for name, code in sorted(seen.items()):
        digest.update(f"{Path(name).name}\n{code}\n".encode())
    return digest.hexdigest()[:16]


def _checked(cls: type, settings: dict, given: set, where: str) -> dict:
    """Check names and types of settings against the constructor; build nested components."""
    parameters = {
        name: p
        for name, p in inspect.signature(cls).parameters.items()
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and name not in given
    }
    known = ", ".join(parameters) or "none"
    for key in settings:
        if key not in parameters:
            raise ConfigError(f"{cls.__name__} has no setting {key!r}; known: {known}")
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in settings:
            raise ConfigError(f"{cls.__name__} needs the setting {name!r}; known: {known}")
    hints = typing.get_type_hints(cls if is_dataclass(cls) else cls.__init__)
    return {
        key: _value(hints.get(key, Any), value, key, f"{where}: {key}" if where else key)
        for key, value in settings.items()
    }


def _value(hint: Any, value: Any, key: str, where: str) -> Any:
    """Convert a YAML value to the type a setting is declared with."""
    if isinstance(value, dict) and "kind" in value and key in ROLES:
        return build(ROLES[key], value, where)
    for option in (hint, *typing.get_args(hint)):
        if isinstance(value, dict) and is_dataclass(option):
            return option(**_checked(option, value, set(), where))
    if isinstance(value, list):
        value = tuple(tuple(v) if isinstance(v, list) else v for v in value)
    if type(value) is int and not is_bearable(value, hint) and is_bearable(float(value), hint):
        value = float(value)
    if not is_bearable(value, hint):
        expected = getattr(hint, "__name__", str(hint))
        raise ConfigError(f"{where}: expected {expected}, came {type(value).__name__} {value!r}")
    return value


def _left_open(cls: type, entry: dict) -> set[str]:
    """Required arguments of a constructor that an entry does not set."""
    parameters = inspect.signature(cls).parameters.items()
    return {name for name, p in parameters if p.default is p.empty and name not in entry}


def _snake(name: str) -> str:
    """`PriorSampling` -> `prior_sampling`."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


def _file(name: str, root: Path) -> Path | None:
    if name.endswith(".py"):
        return Path(name) if Path(name).is_file() else None
    path = root.joinpath(*name.split("."))
    for candidate in (path.with_suffix(".py"), path / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


def _imports(tree: ast.Module, package: str) -> list[str]:
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
