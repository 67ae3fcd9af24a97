"""Build what a config entry names: its kind (`lso.kinds`), given the constructor's arguments."""

import importlib
import inspect
import typing
from collections.abc import Collection
from dataclasses import is_dataclass
from typing import Any

from beartype.door import is_bearable

from lso.kinds import ROLES, ConfigError, module_name, snake


def component(role: str, kind: str) -> type:
    """Return the class of a kind."""
    module = importlib.import_module(module_name(role, kind))
    for name, value in vars(module).items():
        if inspect.isclass(value) and value.__module__ == module.__name__ and snake(name) == kind:
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
