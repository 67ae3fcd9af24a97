"""What a study costs: core hours, predicted from the benchmark files of jobs that have run."""

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import nnls

RUN = ["study", "task", "model", "method", "seed"]


def estimate_hours(
    config: Mapping, trained: Mapping[str, float], measured: pd.DataFrame
) -> pd.DataFrame:
    """Core hours of every study, one row each.

    A run of a task costs, by non-negative least squares over its measured runs,

        seconds = a jobs + b queries + c epochs,

    b being another one for every way to search (innermost method, kind of model and latent
    dimension), `epochs` what is retrained. A model costs the seconds per epoch of the measured
    models of its task. Runs of which none alike was measured are counted and not guessed.

    Args:
        config: of the workflow.
        trained: model -> seconds of its training.
        measured: columns study, task, model, method, seed, seconds; one row per finished run.

    Returns:
        Columns study, runs, jobs, training (hours), searching (hours, NaN if none is known),
        not_predicted (runs of unknown cost). All training and searching jobs ask for a GPU; where
        there is none, these are hours of one core.
    """
    runs = pd.DataFrame(_runs(config))
    runs["seconds"] = _predict(runs, runs.merge(measured[[*RUN, "seconds"]], on=RUN))
    epochs = _seconds_per_epoch(config, trained)
    rows = []
    for study, group in runs.groupby("study", sort=False):
        models = [config["models"][name] for name in sorted(set(group.model))]
        models = [entry for entry in models if "training" in entry]
        seconds = [
            entry["training"]["epochs"] * epochs.get(entry["task"], np.nan) for entry in models
        ]
        rows.append(
            {
                "study": study,
                "runs": len(group),
                "jobs": int(group.jobs.sum()) + len(models),
                "training": np.sum(seconds) / 3600,
                "searching": group.seconds.sum(min_count=1) / 3600,
                "not_predicted": int(group.seconds.isna().sum()),
            }
        )
    return pd.DataFrame(rows)


def _runs(config: Mapping) -> Iterator[dict]:
    """What decides the cost of every run of the config."""
    for study, entry in config["studies"].items():
        for run in entry["runs"]:
            for method in run["methods"]:
                settings = config["methods"][method]
                model = config["models"][run["model"]]["architecture"]
                search = (_innermost(settings), model["kind"], model.get("latent_dim"))
                work = {
                    "jobs": run.get("blocks", 1),
                    "queries": run["queries"],
                    "epochs": _epochs(settings, run["queries"]),
                    "search": str(search),
                }
                for seed in run["seeds"]:
                    names = (study, run["task"], run["model"], method, seed)
                    yield dict(zip(RUN, names, strict=True)) | work


def _epochs(method: Mapping, queries: int) -> float:
    """Epochs that a run retrains: before its first query and after every period."""
    initial = float((method.get("initial") or {}).get("epochs", 0))
    period = method.get("period")
    if period is None:
        return initial
    return initial + (queries - 1) // period * method["retraining"]["epochs"]


def _innermost(method: Mapping) -> str:
    return _innermost(method["inner"]) if "inner" in method else method["kind"]


def _predict(runs: pd.DataFrame, measured: pd.DataFrame) -> pd.Series:
    seconds = pd.Series(np.nan, index=runs.index)
    for task, known in measured.groupby("task"):
        searches = sorted(set(known.search))
        weights, _ = nnls(_features(known, searches), known.seconds.to_numpy())
        chosen = runs[(runs.task == task) & runs.search.isin(searches)]
        seconds[chosen.index] = _features(chosen, searches) @ weights
    return seconds


def _features(runs: pd.DataFrame, searches: list[str]) -> np.ndarray:
    queries = [runs.queries.where(runs.search == search, 0) for search in searches]
    return np.column_stack([runs.jobs, runs.epochs, *queries]).astype(float)


def _seconds_per_epoch(config: Mapping, trained: Mapping[str, float]) -> dict[str, float]:
    rates: dict[str, list[float]] = {}
    for name, seconds in trained.items():
        entry = config["models"][name]
        rates.setdefault(entry["task"], []).append(seconds / entry["training"]["epochs"])
    return {task: float(np.mean(values)) for task, values in rates.items()}
