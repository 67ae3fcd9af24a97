"""Check a whole config before the first job: keys, types, ranges and names.

Every error names the file and the key, what came and what is known.
"""

import ast
import hashlib
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from lso.components import SOURCE, ConfigError, build, check_settings, module_name
from lso.evaluation.claims import tables_of, validate_claim, validate_quantity

# tables that a figure may read; workflow/rules/common.smk knows their paths
FRAMES = (
    "summary best comparison detection published published_sliders audit objects weights training"
    " history latents samples simulated_users spectra strips gradients gradient_points"
    " slice_map slice_paths"
).split()
SCHEMA = "workflow/schemas/config.schema.yaml"
# which claims read besides the summary
TABLES = ("detection", "gradients", "comparison", "simulated_users", "agreement")
PUBLISHED = ("published", "audit", "published_sliders", "published_scores")  # which findings read


def check_once(config: dict, root: Path, memory: Path) -> None:
    """Check a config, unless it was the last that passed and no code has changed since.

    Building all that a config names takes ten seconds, mostly of imports.

    Args:
        config: the merged config of the workflow.
        root: folder of the repository.
        memory: file that remembers what passed.
    """
    digest = hashlib.sha256(json.dumps(config).encode())
    for path in [*sorted((root / "src").rglob("*.py")), root / SCHEMA]:
        digest.update(path.read_bytes())
    if memory.exists() and memory.read_text() == digest.hexdigest():
        return
    check(config, root)
    with suppress(OSError):  # then it is checked again the next time
        memory.parent.mkdir(exist_ok=True)
        memory.write_text(digest.hexdigest())


def check(config: dict, root: Path) -> None:
    """Raise ConfigError at the first fault of a config.

    Args:
        config: the merged config of the workflow.
        root: folder of the repository, which holds the schemas.
    """
    schema = yaml.safe_load((root / SCHEMA).read_text())
    error = best_match(Draft202012Validator(schema).iter_errors(config))
    if error is not None:
        path = [str(part) for part in error.absolute_path]
        raise ConfigError(f"{_where(*path)}: {error.message}")
    for name, entry in config["datasets"].items():
        settings = {key: value for key, value in entry.items() if key != "files"}
        build("datasets", settings, _where("datasets", name))
    for name, entry in config["tasks"].items():
        _check_task(entry, _where("tasks", name), config)
    for name, entry in config["models"].items():
        _check_model(entry, _where("models", name), config)
    for name, entry in config["methods"].items():
        settings = {key: value for key, value in entry.items() if key != "label"}
        build("methods", settings, _where("methods", name))
    _known("config/config.yaml: run", config["run"], config["studies"])
    for name, study in config["studies"].items():
        _check_study(study, _where("studies", name), config)
    _check_report(config["report"], "config/report.yaml", config["studies"])


def _check_task(entry: dict, where: str, config: dict) -> None:
    if "dataset" in entry:
        _known(f"{where}: dataset", [entry["dataset"]], config["datasets"])
        build("objectives", entry["objective"], f"{where}: objective")
        return
    offered = ("seed", "model")
    if "targets" in entry:
        with_objects = [name for name, task in config["tasks"].items() if "dataset" in task]
        _known(f"{where}: targets", [entry["targets"]], with_objects)
        offered += ("target",)
    check_settings("objectives", entry["objective"], f"{where}: objective", offered)


def _check_model(entry: dict, where: str, config: dict) -> None:
    architecture = entry["architecture"]
    check_settings("models", architecture, f"{where}: architecture", ("seed",))
    representation = build(
        "representations", architecture["representation"], f"{where}: representation"
    )
    if "task" not in entry:  # building one may take a minute; a run does so first of all
        return
    _known(f"{where}: task", [entry["task"]], config["tasks"])
    # where a vocabulary comes from data, any will do to see that the network can be built
    fitted = architecture["representation"] | asdict(representation.fit([]))
    model = build("models", architecture | {"representation": fitted}, f"{where}: architecture")
    if "weights" in entry and not hasattr(model, "load_released"):
        raise ConfigError(f"{where}: weights: no weights were released for {architecture['kind']}")
    if entry.get("weighting"):
        build("weighting", entry["weighting"], f"{where}: weighting")
    if "training" in entry:
        build("training", {"kind": "training_settings", **entry["training"]}, f"{where}: training")


def _check_study(study: dict, where: str, config: dict) -> None:
    runs, labels = set(), {}
    for i, run in enumerate(study["runs"]):
        place = f"{where}: runs[{i}]"
        _known(f"{place}: task", [run["task"]], config["tasks"])
        _known(f"{place}: model", [run["model"]], config["models"])
        _known(f"{place}: methods", run["methods"], config["methods"])
        _check_objects(run, place, config)
        for method in run["methods"]:
            label = config["methods"][method].get("label", method)
            other = labels.setdefault((run["task"], run["model"], label), method)
            if other != method:
                raise ConfigError(f"{place}: {other!r} and {method!r} have one label, {label!r}")
            for seed in run["seeds"]:
                key = (run["task"], run["model"], method, seed)
                if key in runs:
                    raise ConfigError(f"{place}: {key} is in this study twice")
                runs.add(key)
    _check_detection(study.get("detection"), f"{where}: detection", config)
    _check_gradients(study.get("gradients"), f"{where}: gradients", config)
    for name, entry in study.get("slices", {}).items():
        _check_slice(entry, f"{where}: slices: {name}", config)
    shown = {label for _, _, label in labels}
    _known(f"{where}: spectra", study.get("spectra", {}), config["models"])
    if "strips" in study:
        trained = [name for name, model in config["models"].items() if "task" in model]
        _known(f"{where}: strips: model", [study["strips"]["model"]], trained)
    if "simulated_users" in study:
        users = study["simulated_users"]
        named = [*users["strategies"], *users.get("variants", []), users["reference"]]
        _known(f"{where}: simulated_users", named, shown)
    if "agreement" in study:
        agreement = study["agreement"]
        _known(f"{where}: agreement: methods", agreement["methods"], shown)
        _known(f"{where}: agreement: models", agreement["models"], config["models"])
    for name, figure in study["figures"].items():
        _check_figure(figure, study, f"{where}: figures: {name}")
    for i, claim in enumerate(study["claims"]):
        try:
            validate_claim(claim)
            for table in tables_of([claim]):
                _known(f"{where}: claims[{i}]: table", [table], set(TABLES) & study.keys())
        except ValueError as error:
            raise ConfigError(f"{where}: claims[{i}]: {error}") from None


def _check_objects(run: dict, place: str, config: dict) -> None:
    """Check that a task's data set, if it has one, is what the model learns from."""
    dataset = config["tasks"][run["task"]].get("dataset")
    model_task = config["models"][run["model"]].get("task")
    if dataset is None or (model_task and config["tasks"][model_task].get("dataset") == dataset):
        return
    learns = (
        f"learns from the objects of the task {model_task!r}, which are of another data set than"
        if model_task
        else "is not trained, so it cannot decode to"
    )
    raise ConfigError(f"{place}: the model {run['model']!r} {learns} those of {run['task']!r}")


def _check_report(report: dict, where: str, studies: dict) -> None:
    _known(f"{where}: figures", report["figures"], studies)
    for study, figures in report["figures"].items():
        _known(f"{where}: figures: {study}", figures, studies[study]["figures"])
    for i, finding in enumerate(report["findings"]):
        _known(f"{where}: findings[{i}]: paper", [finding["paper"]], report["papers"])
        for entry in finding.get("numbers", []):
            place = f"{where}: findings[{i}]: {entry['name']}"
            _known(f"{place}: study", [entry["study"]] if "study" in entry else [], studies)
            try:
                validate_quantity(entry["quantity"])
            except ValueError as error:
                raise ConfigError(f"{place}: {error}") from None
            table = entry["quantity"].get("table", "summary")
            known = ("summary", *TABLES) if "study" in entry else PUBLISHED
            _known(f"{place}: table", [table], known)


def _check_detection(detection: dict | None, where: str, config: dict) -> None:
    if detection is None:
        return
    _known(f"{where}: models", detection["models"], config["models"])
    for name, protocol in detection["protocols"].items():
        settings = {key: value for key, value in protocol.items() if key != "scores"}
        _check_scores(protocol["scores"], settings, f"{where}: protocols: {name}")


def _check_gradients(gradients: dict | None, where: str, config: dict) -> None:
    if gradients is None:
        return
    _known(f"{where}: models", gradients["models"], config["models"])
    _known(f"{where}: reference", [gradients["reference"]], gradients["scores"])
    _check_scores(gradients["scores"], gradients["latents"], where)


def _check_slice(entry: dict, where: str, config: dict) -> None:
    _known(f"{where}: task", [entry["task"]], config["tasks"])
    _known(f"{where}: model", [entry["model"]], config["models"])
    _check_objects(entry, where, config)
    build("latent_slices", {"kind": "slice_settings", **entry["settings"]}, f"{where}: settings")
    ascents = {
        name: method["label"]
        for name, method in config["methods"].items()
        if method.get("optimiser", {}).get("kind") == "ascent" and "label" in method
    }
    _known(f"{where}: methods with an ascent", entry["methods"], ascents)


def _check_scores(scores: dict, latents: dict, where: str) -> None:
    """Check scores and how the latent points that they score are drawn."""
    build("detection", {"kind": "detection_settings", **latents}, where)
    for name, entry in scores.items():
        build("latent_scores", entry, f"{where}: scores: {name}")


def _check_figure(figure: dict, study: dict, where: str) -> None:
    """Check kind, frames and settings of a figure without importing the plotting library."""
    try:
        module = module_name("figures", figure["kind"])
    except ConfigError as error:
        raise ConfigError(f"{where}: {error}") from None
    path = SOURCE.joinpath(*module.split(".")).with_suffix(".py")
    body = ast.parse(path.read_text()).body
    draw = next(n for n in body if isinstance(n, ast.FunctionDef) and n.name == "draw")
    known = [argument.arg for argument in draw.args.kwonlyargs]
    settings = figure.keys() - {"kind", "frames", "caption"}
    _known(where, settings, known)
    for name, default in zip(known, draw.args.kw_defaults, strict=True):
        if default is None and name not in settings:
            raise ConfigError(f"{where}: {figure['kind']} needs the setting {name!r}")
    needed = {
        "latents": "latent_map",
        "samples": "prior_samples",
        "weights": "weightings",
        "gradient_points": "gradients",
        "slice_map": "slices",
        "slice_paths": "slices",
    } | {name: name for name in (*TABLES, "spectra", "strips")}
    _known(f"{where}: frames", figure["frames"], FRAMES)
    for name in figure["frames"]:
        if needed.get(name, "runs") not in study:
            raise ConfigError(f"{where}: the frame {name!r} needs {needed[name]!r} in the study")


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
