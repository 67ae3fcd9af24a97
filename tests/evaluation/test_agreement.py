"""Our sliders beside the released code's: equal samples agree, others do not."""

import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.agreement import compare_released

SETTINGS = {"models": {"m": 8}, "sliders": 200, "positions": 1001, "converged": 0.001}
THEIRS = [0.0, 0.0, 0.5, 0.6, 0.7]


def compare(shares, **settings):
    ours = pd.DataFrame({"model": "m", "label": "ours", "query": 201, "share_left": shares})
    early = ours.assign(query=100, share_left=1.0)
    theirs = pd.DataFrame({"method": "theirs", "latent_dim": 8, "share_left": THEIRS})
    theirs = theirs.assign(sliders=200, positions=1001)
    others = theirs.assign(positions=10001, share_left=1.0)
    return compare_released(
        pd.concat([early, ours]),
        pd.concat([theirs, others]),
        methods={"ours": "theirs", "absent": "theirs"},
        **SETTINGS | settings,
    )


def test_equal_samples_agree_and_are_described():
    (row,) = compare(THEIRS).to_dict("records")
    assert (row["model"], row["label"], row["runs"], row["released_runs"]) == ("m", "ours", 5, 5)
    assert row["converged"] == row["released_converged"] == 0.4
    assert row["left"] == row["released_left"] == 0.5
    assert row["p_value"] == row["p_holm"] == 1.0


def test_samples_apart_do_not_agree():
    shares = [0.8, 0.9, 0.95, 0.97, 0.99]
    (row,) = compare(shares).to_dict("records")
    assert row["p_value"] == pytest.approx(2 / 252)  # two of the C(10, 5) orders are as far apart
    assert row["p_value"] == stats.ks_2samp(shares, THEIRS).pvalue


def test_models_without_released_runs_are_left_out():
    assert compare(THEIRS, models={"m": 32}).empty
