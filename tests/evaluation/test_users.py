"""Simulated users: clocks, what is left, paired tests."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.users import compare_users, left_after

SETTINGS = {"seconds_per_frame": 0.1, "seconds_per_next": 1.0, "solved": 0.5}


def run(label: str, seed: int, left: list[float], frames: int = 10, computing: float = 0.0):
    query = np.arange(1, len(left) + 1)
    return pd.DataFrame(
        {
            **{"task": "t", "model": "m", "label": label, "seed": seed, "query": query},
            **{"share_left": left, "frames": frames * (query - 1.0)},
            "seconds": computing * query,
        }
    )


def compare(runs: list, strategies, seconds=(4,), sliders=(2,), **more) -> pd.DataFrame:
    table = compare_users(pd.concat(runs), strategies, "a", seconds, sliders, **SETTINGS, **more)
    return table.set_index(["label", "budget", "amount"])


def test_time_is_looking_moving_on_and_computing():
    """10 frames of 0.1 s and a second for the next slider: 2 s each; computing adds its own."""
    quick, slow = run("a", 1, [1, 0.6, 0.4, 0.2]), run("b", 1, [1, 0.6, 0.4, 0.2], computing=0.5)
    table = compare([quick, slow], ["a", "b"])
    assert table.loc[("a", "seconds", 4), "left"] == 0.4
    assert table.loc[("b", "seconds", 4), "left"] == 0.6
    assert table.loc[("b", "sliders", 2), "left"] == table.loc[("a", "sliders", 2), "left"]


def test_area_is_the_mean_of_the_steps():
    assert left_after(np.array([0.0, 2, 4]), np.array([1, 0.5, 0.25]), 4) == (0.25, 0.75)
    assert left_after(np.array([0.0, 2, 4]), np.array([1, 0.5, 0.25]), 8) == (0.25, 0.5)
    assert left_after(np.array([1.0, 3]), np.array([1, 0.5]), 2) == (1.0, 1.0)
    assert left_after(np.array([3.0]), np.array([1.0]), 2) == (1.0, 1.0)


def test_runs_too_short_are_left_out_unless_their_user_stopped():
    runs = [run("a", 1, [1, 0.8]), run("a", 2, [1, 0.6, 0.4])]
    stopped = run("a", 3, [1, 0.3, 0.3])
    stopped["frames"] = [0.0, 10, 10]
    stopped["seconds"] = 0.0
    table = compare([*runs, stopped], ["a"], seconds=(40,), sliders=(2,))
    assert table.loc[("a", "seconds", 40), "cases"] == 1
    assert table.loc[("a", "seconds", 40), "left"] == 0.3
    assert table.loc[("a", "sliders", 2), "cases"] == 2


def test_differences_are_paired_by_case():
    ours = [run("a", seed, [1, 0.1 * seed]) for seed in range(1, 9)]
    theirs = [run("b", seed, [1, 0.1 * seed + 0.01 * (seed + 1)]) for seed in range(1, 8)]
    table = compare([*ours, *theirs], ["a", "b"], sliders=(1,), seconds=(1,))
    row = table.loc[("b", "sliders", 1)]
    assert row["pairs"] == 7
    assert row["difference"] == pytest.approx(0.05)
    assert row["difference_low"] < 0.05 < row["difference_high"]
    assert row["p_value"] == stats.wilcoxon(0.01 * np.arange(2, 9)).pvalue
    assert table.loc[("a", "sliders", 1), "solved"] == 5 / 8
    before = table.loc[("b", "seconds", 1)]  # nobody has moved yet
    assert (before["difference"], before["p_value"]) == (0, 1)
    assert np.isnan(table.loc[("a", "sliders", 1), "p_value"])


def test_strategies_and_variants_are_corrected_apart():
    labels = "abcd"
    runs = [
        run(label, seed, [1, 0.05 * seed + 0.01 * i * seed])
        for i, label in enumerate(labels)
        for seed in range(1, 7)
    ]
    table = compare(runs, ["a", "b", "c"], sliders=(1,), variants=["d"])
    p = table.xs(("sliders", 1), level=["budget", "amount"])
    assert p.loc["b", "p_holm"] == pytest.approx(2 * p.loc["b", "p_value"])
    assert p.loc["d", "p_holm"] == p.loc["d", "p_value"]


def test_a_reference_without_runs_is_told():
    with pytest.raises(ValueError, match=r"no runs of 'a'; known: \['b'\]"):
        compare([run("b", 1, [1, 0.5])], ["b"])
