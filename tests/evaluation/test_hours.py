"""Costs that follow the model are found again; what was not measured is not guessed."""

import pandas as pd
import pytest

from lso.evaluation.hours import RUN, estimate_hours

RETRAINED = {
    "kind": "weighted_retraining",
    "inner": {"kind": "latent_grid"},
    "period": 5,
    "initial": {"epochs": 1},
    "retraining": {"epochs": 0.1},
}
KIND = {"architecture": {"kind": "convolutional"}}
METHODS = {
    "often": RETRAINED,
    "never": {"kind": "weighted_retraining", "inner": {"kind": "latent_grid"}},
    "drawn": RETRAINED | {"inner": {"kind": "prior_sampling"}},
    "lines": {"kind": "subspace_search"},
}


def _run(methods, queries, **other):
    run = {"task": "squares", "model": "squares", "seeds": [1, 2], "queries": queries}
    return run | {"methods": methods} | other


def _config(**studies):
    models = {
        "squares": {"task": "squares", "training": {"epochs": 20}} | KIND,
        "short": {"task": "squares", "training": {"epochs": 8}} | KIND,
        "fixed": {"task": "squares"} | KIND,
    }
    studies = {name: {"runs": runs} for name, runs in studies.items()}
    return {"methods": METHODS, "models": models, "studies": studies}


CONFIG = _config(
    small=[
        _run(["often", "never"], 100, model="short", seeds=[1]),
        _run(["never", "drawn"], 50, model="short", seeds=[2], blocks=2),
    ],
    large=[_run(["often"], 500, blocks=10)],
    other=[_run(["lines", "never"], 100, model="fixed"), _run(["often"], 10, task="molecules")],
)
# 3 s per job, 0.1 s per query of a grid, 0.2 s per draw, 30 s per epoch
SECONDS = {
    ("often", 1): 3 + 10 + 30 * (1 + 19 * 0.1),
    ("never", 1): 3 + 10,
    ("never", 2): 6 + 5,
    ("drawn", 2): 6 + 10 + 30 * (1 + 9 * 0.1),
}
MEASURED = pd.DataFrame(
    [("small", "squares", "short", *run, seconds) for run, seconds in SECONDS.items()],
    columns=[*RUN, "seconds"],
)


def test_costs_are_found_again():
    hours = estimate_hours(CONFIG, {"short": 240.0}, MEASURED).set_index("study")
    assert hours.training["large"] == pytest.approx(20 * 30 / 3600)
    assert hours.searching["large"] == pytest.approx(2 * (30 + 50 + 30 * (1 + 99 * 0.1)) / 3600)
    assert hours.searching["small"] == pytest.approx(sum(SECONDS.values()) / 3600)
    assert hours.jobs["large"] == 2 * 10 + 1
    assert list(hours.not_predicted) == [0, 0, 4]
    assert hours.searching["other"] == pytest.approx(2 * (3 + 10) / 3600)


def test_without_measurements_nothing_is_guessed():
    hours = estimate_hours(CONFIG, {}, MEASURED[:0])
    assert list(hours.not_predicted) == list(hours.runs)
    assert hours.training.isna().all()
