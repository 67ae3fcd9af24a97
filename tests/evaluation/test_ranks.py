"""Ranks against hand-made tables, Nemenyi's test against the critical values of demsar2006."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.ranks import rank_settings

# demsar2006, Table 5a: two-tailed Nemenyi test at 0.05
CRITICAL = {3: 2.343, 4: 2.569, 5: 2.728, 10: 3.164}


def _summary(scores: dict[str, list[float]]) -> pd.DataFrame:
    rows = [
        ("t", label, seed, 5, value)
        for label, values in scores.items()
        for seed, value in enumerate(values)
    ]
    return pd.DataFrame(rows, columns=["task", "label", "seed", "query", "best"])


def test_best_is_first_and_ties_share_their_rank():
    summary = _summary({"bad": [1, 1, 1], "good": [3, 3, 2], "even": [2, 2, 2]})
    ranking = rank_settings(summary, 5)
    assert ranking.ranks.to_dict() == pytest.approx({"good": 3.5 / 3, "even": 5.5 / 3, "bad": 3.0})
    assert list(ranking.ranks.index) == ["good", "even", "bad"]
    assert ranking.blocks == 3


@pytest.mark.parametrize("k", CRITICAL)
def test_differences_are_found_at_the_tabulated_critical_value(k):
    """All blocks alike: ranks 1 to k, so that neighbours differ by 1 and the ends by k - 1."""
    alike = int(np.ceil(k * (k + 1) / 6 * (CRITICAL[k] / (k - 1)) ** 2))  # just enough blocks
    for blocks, found in ((alike, True), (alike - 1, False)):
        summary = _summary({f"m{i:02}": [float(-i)] * blocks for i in range(k)})
        p = rank_settings(summary, 5).p_values.loc["m00", f"m{k - 1:02}"]
        assert (p < 0.05) == found


def test_p_values_are_symmetric_and_friedman_is_scipys():
    values = np.random.default_rng(0).normal(size=(4, 7))
    summary = _summary({f"m{i}": list(row) for i, row in enumerate(values)})
    ranking = rank_settings(summary, 5)
    p = ranking.p_values.to_numpy()
    assert np.array_equal(p, p.T)
    assert np.allclose(np.diag(p), 1)
    assert ranking.friedman == stats.friedmanchisquare(*values).pvalue


def test_incomplete_blocks_are_left_out_and_too_few_are_refused():
    summary = _summary({"a": [3, 3, 3], "b": [2, 2], "c": [1, 1, 1]})
    ranking = rank_settings(summary, 5)
    assert (ranking.blocks, ranking.all_blocks) == (2, 3)
    assert ranking.incomplete == {"b": 2}
    assert ranking.not_run == []
    with pytest.raises(ValueError, match="at least 3 settings in 2 or more blocks.*came 2 in 3"):
        rank_settings(summary, 5, labels=["a", "c"])
    with pytest.raises(ValueError, match="several runs of .*'label': 'a'"):
        rank_settings(pd.concat([summary, summary]), 5)


def test_settings_that_were_asked_for_and_have_not_run_are_named():
    """A run without the queries, or without a valid object, is none."""
    summary = _summary(
        {"a": [3, 3], "b": [2, 2], "c": [1, 1], "short": [9, 9], "dud": [np.nan] * 2}
    )
    summary.loc[summary["label"] == "short", "query"] = 4
    ranking = rank_settings(summary, 5, labels=["a", "b", "c", "short", "dud", "never"])
    assert ranking.not_run == ["short", "dud", "never"]
    assert ranking.incomplete == {}
    assert (len(ranking.ranks), ranking.blocks) == (3, 2)
