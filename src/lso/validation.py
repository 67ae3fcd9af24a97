"""Check a whole config before the first job: keys, types, ranges and names.

Every error names the file and the key, what came and what is known.
"""

import ast
from collections.abc import Iterable
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from lso.components import SOURCE, ConfigError, build, check_settings, module_name
from lso.evaluation.claims import validate_claim


def check(config: dict, root: Path) -> None:
    """Raise ConfigError at the first fault of a config.

    Args:
        config: the merged config of the workflow.
        root: folder of the repository, which holds the schemas.
    """
    schema = yaml.safe_load((root / "workflow/schemas/config.schema.yaml").read_text())
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        path = [str(part) for part in error.absolute_path]
        raise ConfigError(f"{_where(*path)}: {error.message}")
    for name, entry in config["datasets"].items():
        settings = {key: value for key, value in entry.items() if key != "files"}
        build("datasets", settings, _where("datasets", name))
    for name, entry in config["tasks"].items():
        where = _where("tasks", name)
        _known(f"{where}: dataset", [entry["dataset"]], config["datasets"])
        build("objectives", entry["objective"], f"{where}: objective")
    for name, entry in config["models"].items():
        _check_model(entry, _where("models", name), config)
    for name, entry in config["methods"].items():
        settings = {key: value for key, value in entry.items() if key != "label"}
        build("methods", settings, _where("methods", name))
    _known("config/config.yaml: run", config["run"], config["studies"])
    for name, study in config["studies"].items():
        _check_study(study, _where("studies", name), config)


def _check_model(entry: dict, where: str, config: dict) -> None:
    _known(f"{where}: task", [entry["task"]], config["tasks"])
    architecture = entry["architecture"]
    # the vocabulary comes from data, so that the network itself is not built here
    check_settings("models", architecture, f"{where}: architecture")
    build("representations", architecture["representation"], f"{where}: representation")
    if entry.get("weighting"):
        build("weighting", entry["weighting"], f"{where}: weighting")
    build("training", {"kind": "training_settings", **entry["training"]}, f"{where}: training")


def _check_study(study: dict, where: str, config: dict) -> None:
    runs = set()
    for i, run in enumerate(study["runs"]):
        place = f"{where}: runs[{i}]"
        _known(f"{place}: task", [run["task"]], config["tasks"])
        _known(f"{place}: model", [run["model"]], config["models"])
        _known(f"{place}: methods", run["methods"], config["methods"])
        for method in run["methods"]:
            for seed in run["seeds"]:
                key = (run["task"], run["model"], method, seed)
                if key in runs:
                    raise ConfigError(f"{place}: {key} is in this study twice")
                runs.add(key)
    for name, figure in study.get("figures", {}).items():
        _check_figure(figure, f"{where}: figures: {name}")
    for i, claim in enumerate(study.get("claims", [])):
        try:
            validate_claim(claim)
        except ValueError as error:
            raise ConfigError(f"{where}: claims[{i}]: {error}") from None


def _check_figure(figure: dict, where: str) -> None:
    """Check the kind and the settings of a figure without importing the plotting library."""
    try:
        module = module_name("figures", figure["kind"])
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    path = SOURCE.joinpath(*module.split(".")).with_suffix(".py")
    functions = [n for n in ast.parse(path.read_text()).body if isinstance(n, ast.FunctionDef)]
    draw = next(node for node in functions if node.name == "draw")
    known = [argument.arg for argument in draw.args.kwonlyargs]
    _known(where, figure.keys() - {"kind", "frames", "caption"}, known)


def _known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise ConfigError(f"{where}: no {name!r}; known: {', '.join(sorted(known))}")


def _where(section: str = "", name: str = "", *keys: str) -> str:
    """Name the file and the key of a place in the merged config."""
    if section == "studies":
        return ": ".join([f"config/studies/{name}.yaml", *keys])
    if section in ("datasets", "tasks", "models", "methods"):
        return ": ".join(filter(None, [f"config/{section}.yaml", name, *keys]))
    return ": ".join(filter(None, ["config/config.yaml", section, name, *keys]))
