"""Check a whole config before the first job: keys, types, ranges and names.

Every error names the file and the key, what came and what is known.
"""

from dataclasses import asdict
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from lso.components import build, check_settings
from lso.evaluation.answers import validate_answer
from lso.evaluation.claims import validate_quantity
from lso.kinds import ConfigError
from lso.passed import SCHEMA, Passed
from lso.study_validation import TABLES, check_known, check_study

PUBLISHED = (
    "published",
    "audit",
    "published_sliders",
    "published_scores",
)  # which the report reads


def check(config: dict, root: Path, passed: Passed) -> None:
    """Raise ConfigError at the first fault of a config.

    Args:
        config: the merged config of the workflow.
        root: folder of the repository, which holds the schemas.
        passed: entries that passed before are not built again.
    """
    schema = yaml.safe_load((root / SCHEMA).read_text())
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        path = [str(part) for part in error.absolute_path]
        raise ConfigError(f"{_where(*path)}: {error.message}")
    for name, entry in config["datasets"].items():
        settings = {key: value for key, value in entry.items() if key != "files"}
        passed.check(build, "datasets", settings, _where("datasets", name))
    for name, entry in config["tasks"].items():
        _check_task(entry, _where("tasks", name), config, passed)
    for name, entry in config["models"].items():
        _check_model(entry, _where("models", name), config, passed)
    for name, entry in config["methods"].items():
        settings = {key: value for key, value in entry.items() if key != "label"}
        passed.check(build, "methods", settings, _where("methods", name))
    check_known("config/config.yaml: run", config["run"], config["studies"])
    for name, study in config["studies"].items():
        check_study(study, _where("studies", name), config, passed)
    _check_report(config["report"], "config/report.yaml", config["studies"])


def _check_task(entry: dict, where: str, config: dict, passed: Passed) -> None:
    if "dataset" in entry:
        check_known(f"{where}: dataset", [entry["dataset"]], config["datasets"])
        passed.check(build, "objectives", entry["objective"], f"{where}: objective")
        return
    offered = ("seed", "model")
    if "targets" in entry:
        with_objects = [name for name, task in config["tasks"].items() if "dataset" in task]
        check_known(f"{where}: targets", [entry["targets"]], with_objects)
        offered += ("target",)
    passed.check(check_settings, "objectives", entry["objective"], f"{where}: objective", offered)


def _check_model(entry: dict, where: str, config: dict, passed: Passed) -> None:
    if "task" in entry:
        check_known(f"{where}: task", [entry["task"]], config["tasks"])
    # building a model that is not trained may take a minute; a run does so first of all
    more = ("task" in entry, "weights" in entry)
    passed.check(_check_architecture, "models", entry["architecture"], where, *more)
    if entry.get("weighting"):
        passed.check(build, "weighting", entry["weighting"], f"{where}: weighting")
    if "training" in entry:
        training = {"kind": "training_settings", **entry["training"]}
        passed.check(build, "training_settings", training, f"{where}: training")


def _check_architecture(
    role: str, entry: dict, where: str, buildable: bool, released: bool
) -> None:
    check_settings(role, entry, f"{where}: architecture", ("seed",))
    vocabulary = build("representations", entry["representation"], f"{where}: representation")
    if not buildable:
        return
    # where a vocabulary comes from data, any will do to see that the network can be built
    fitted = entry["representation"] | asdict(vocabulary.fit([]))
    model = build(role, entry | {"representation": fitted}, f"{where}: architecture")
    if released and not hasattr(model, "load_released"):
        raise ConfigError(f"{where}: weights: no weights were released for {entry['kind']}")


def _check_report(report: dict, where: str, studies: dict) -> None:
    check_known(f"{where}: figures", report["figures"], studies)
    for study, figures in report["figures"].items():
        check_known(f"{where}: figures: {study}", figures, studies[study]["figures"])
    for i, entry in enumerate(report["answers"]):
        place = f"{where}: answers[{i}]"
        try:
            validate_answer(entry)
        except ValueError as error:
            raise ConfigError(f"{place}: {error}") from None
        for name, number in entry["numbers"].items():
            _check_number(number, f"{place}: {name}", studies)
    for i, finding in enumerate(report["findings"]):
        check_known(f"{where}: findings[{i}]: paper", [finding["paper"]], report["papers"])
        for number in finding.get("numbers", []):
            _check_number(number, f"{where}: findings[{i}]: {number['name']}", studies)


def _check_number(number: dict, where: str, studies: dict) -> None:
    check_known(f"{where}: study", [number["study"]] if "study" in number else [], studies)
    try:
        validate_quantity(number["quantity"])
    except ValueError as error:
        raise ConfigError(f"{where}: {error}") from None
    known = ("summary", *TABLES) if "study" in number else PUBLISHED
    check_known(f"{where}: table", [number["quantity"].get("table", "summary")], known)


def _where(section: str = "", name: str = "", *keys: str) -> str:
    """Name the file and the key of a place in the merged config."""
    if section == "studies":
        return ": ".join([f"config/studies/{name}.yaml", *keys])
    if section in ("datasets", "tasks", "models", "methods"):
        return ": ".join(filter(None, [f"config/{section}.yaml", name, *keys]))
    return ": ".join(filter(None, ["config/config.yaml", section, name, *keys]))
