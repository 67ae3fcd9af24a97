"""Check a study before the first job: its runs, tables, figures and claims."""

import ast
from collections.abc import Iterable
from itertools import chain

from lso.components import build
from lso.evaluation.claims import tables_of, validate_claim
from lso.kinds import SOURCE, ConfigError, module_name
from lso.passed import Passed

# tables that a figure may read; workflow/rules/common.smk knows their paths
FRAMES = (
    "summary best comparison detection published published_sliders audit objects weights training"
    " history latents samples simulated_users spectra strips gradients gradient_points"
    " slice_map slice_paths"
).split()
# which claims read besides the summary
TABLES = ("detection", "gradients", "comparison", "simulated_users", "agreement")


def check_study(study: dict, where: str, config: dict, passed: Passed) -> None:
    """Raise ConfigError at the first fault of a study.

    Args:
        study: its entry.
        where: file and key, put in front of every error.
        config: the merged config of the workflow.
        passed: entries that passed before are not built again.
    """
    runs, labels = set(), {}
    for i, run in enumerate(study["runs"]):
        place = f"{where}: runs[{i}]"
        check_known(f"{place}: task", [run["task"]], config["tasks"])
        check_known(f"{place}: model", [run["model"]], config["models"])
        check_known(f"{place}: methods", run["methods"], config["methods"])
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
    _check_detection(study.get("detection"), f"{where}: detection", config, passed)
    _check_gradients(study.get("gradients"), f"{where}: gradients", config, passed)
    check_known(f"{where}: likeness", study.get("likeness", {}), config["tasks"])
    for task, entry in study.get("likeness", {}).items():
        passed.check(build, "likeness", entry, f"{where}: likeness: {task}")
    for name, entry in study.get("slices", {}).items():
        _check_slice(entry, f"{where}: slices: {name}", config, passed)
    shown = {label for _, _, label in labels}
    check_known(f"{where}: spectra", study.get("spectra", {}), config["models"])
    if "strips" in study:
        trained = [name for name, model in config["models"].items() if "task" in model]
        check_known(f"{where}: strips: model", [study["strips"]["model"]], trained)
    parts = study.get("comparison", {}).get("parts", {})
    check_known(f"{where}: comparison: parts", [*parts, *chain(*parts.values())], shown)
    if "simulated_users" in study:
        users = study["simulated_users"]
        named = [*users["strategies"], *users.get("variants", []), users["reference"]]
        check_known(f"{where}: simulated_users", named, shown)
    if "agreement" in study:
        agreement = study["agreement"]
        check_known(f"{where}: agreement: methods", agreement["methods"], shown)
        check_known(f"{where}: agreement: models", agreement["models"], config["models"])
    for name, figure in study["figures"].items():
        _check_figure(figure, study, f"{where}: figures: {name}")
    for i, claim in enumerate(study["claims"]):
        try:
            validate_claim(claim)
            for table in tables_of([claim]):
                check_known(f"{where}: claims[{i}]: table", [table], set(TABLES) & study.keys())
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


def _check_detection(detection: dict | None, where: str, config: dict, passed: Passed) -> None:
    if detection is None:
        return
    check_known(f"{where}: models", detection["models"], config["models"])
    for name, protocol in detection["protocols"].items():
        settings = {key: value for key, value in protocol.items() if key != "scores"}
        _check_scores(protocol["scores"], settings, f"{where}: protocols: {name}", passed)


def _check_gradients(gradients: dict | None, where: str, config: dict, passed: Passed) -> None:
    if gradients is None:
        return
    check_known(f"{where}: models", gradients["models"], config["models"])
    check_known(f"{where}: reference", [gradients["reference"]], gradients["scores"])
    _check_scores(gradients["scores"], gradients["latents"], where, passed)


def _check_slice(entry: dict, where: str, config: dict, passed: Passed) -> None:
    check_known(f"{where}: task", [entry["task"]], config["tasks"])
    check_known(f"{where}: model", [entry["model"]], config["models"])
    _check_objects(entry, where, config)
    settings = {"kind": "slice_settings", **entry["settings"]}
    passed.check(build, "latent_slices", settings, f"{where}: settings")
    ascents = {
        name: method["label"]
        for name, method in config["methods"].items()
        if method.get("optimiser", {}).get("kind") == "ascent" and "label" in method
    }
    check_known(f"{where}: methods with an ascent", entry["methods"], ascents)


def _check_scores(scores: dict, latents: dict, where: str, passed: Passed) -> None:
    """Check scores and how the latent points that they score are drawn."""
    passed.check(build, "detection", {"kind": "detection_settings", **latents}, where)
    for name, entry in scores.items():
        passed.check(build, "latent_scores", entry, f"{where}: scores: {name}")


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
    check_known(where, settings, known)
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
    check_known(f"{where}: frames", figure["frames"], FRAMES)
    for name in figure["frames"]:
        if needed.get(name, "runs") not in study:
            raise ConfigError(f"{where}: the frame {name!r} needs {needed[name]!r} in the study")


def check_known(where: str, names: Iterable[str], known: Iterable[str]) -> None:
    """Raise ConfigError, naming what is known, if a name is not."""
    for name in names:
        if name not in known:
            raise ConfigError(f"{where}: no {name!r}; known: {', '.join(sorted(known))}")
