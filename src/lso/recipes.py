"""Which config entries decide a table of a finished run, as a checksum of them.

A table that an archive holds stands for one of today's config only while the two recipes are equal;
the code is not part of a recipe, its fingerprint is in each history.
"""

import hashlib
import json
from collections.abc import Mapping

KINDS = ("history", "latents", "samples", "weights", "likeness")
# what a study asks of latent points: place among the tasks -> its tables there
PROBES = {"detection": "*/*.parquet", "gradients": "*.parquet", "slices": "*/*.parquet"}


def recipe(config: Mapping, study: str, task: str, file: str) -> str | None:
    """Checksum of the config entries that decide a table; None if the config has no such run.

    Args:
        config: of the workflow.
        study: name of the study.
        task: name of the task.
        file: path below `results/{study}/{task}`: `weights.parquet` or
            `{model}/{method}/seed{seed}/{kind}.parquet`; of the task `detection`,
            `{model}/{protocol}.parquet`; of `gradients`, `{model}.parquet`; of `slices`,
            `{slice}/map.parquet` and `{slice}/paths.parquet`.
    """
    *run, name = file.split("/")
    kind = name.removesuffix(".parquet")
    try:
        chosen = config["studies"][study]
        if task in PROBES:
            return _checksum(_probe(config, task, chosen[task], [*run, kind]))
        if kind not in KINDS:
            return None
        entries = [_task(config, task)]
        if kind == "weights":
            entries.append(chosen["weightings"])
        else:
            model, method, seed = run
            (found,) = (
                entry
                for entry in chosen["runs"]
                if (entry["task"], entry["model"]) == (task, model)
                and method in entry["methods"]
                and int(seed.removeprefix("seed")) in entry["seeds"]
            )
            label = config["methods"][method].get("label", method)
            entries += [_model(config, model), _unlabelled(config["methods"][method])]
            most = chosen.get("limit", {}).get("queries", found["queries"])
            entries.append(min(found["queries"], most))
            shown = {"latents": ["latent_map", "blocks"], "samples": ["prior_samples"]}
            entries += [(chosen | found).get(key) for key in shown.get(kind, [])]
            entries += [label] if kind in shown else []
            entries += [chosen["likeness"][task]] if kind == "likeness" else []
    except (KeyError, TypeError, ValueError):
        return None
    return _checksum(entries)


def _probe(config: Mapping, place: str, asked: Mapping, names: list[str]) -> list:
    """Config entries that decide a table of a place in `PROBES`; names are the parts of its path.

    Raises:
        KeyError, ValueError: the config asks for no such table.
    """
    if place == "slices":
        name, kind = names
        if kind not in ("map", "paths"):
            raise KeyError(kind)
        entry = asked[name]
        methods = [config["methods"][method] for method in entry["methods"]]
        return [_task(config, entry["task"]), _model(config, entry["model"]), methods, entry]
    model, *protocol = names
    if model not in asked["models"]:
        raise KeyError(model)
    if place == "gradients" and not protocol:
        return [_model(config, model), {k: v for k, v in asked.items() if k != "models"}]
    (name,) = protocol
    return [_model(config, model), asked["protocols"][name]]


def _checksum(entries: list) -> str:
    return hashlib.sha256(json.dumps(entries, sort_keys=True).encode()).hexdigest()


def _task(config: Mapping, name: str) -> list:
    task = config["tasks"][name]
    targets = _task(config, task["targets"]) if "targets" in task else []
    return [task, config["datasets"].get(task.get("dataset")), *targets]


def _model(config: Mapping, name: str) -> list:
    model = config["models"][name]
    return [model, _task(config, model["task"]) if "task" in model else None]


def _unlabelled(method: Mapping) -> dict:
    return {key: value for key, value in method.items() if key != "label"}
