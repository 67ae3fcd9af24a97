import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.comparison import compare
from lso.evaluation.uncertainty import holm, paired_difference


def test_comparison_has_a_row_per_setting_and_a_probability_against_the_reference():
    runs = [("a", s, 1.0 + s) for s in range(4)] + [("b", s, 3.0 + s) for s in range(4)]
    summary = pd.DataFrame(runs, columns=["label", "seed", "best"])
    summary = summary.assign(task="t", model="m", query=10)
    frame = compare(summary, "best", 10, "a").set_index(["label", "quantity"])
    assert frame.value["a", "interquartile mean"] == 2.5
    assert frame.value["b", "interquartile mean"] == 4.5
    assert frame.value["b", "probability of improvement"] == 14 / 16
    assert ("a", "probability of improvement") not in frame.index
    assert compare(summary, "best", 11, "a").empty
    pd.testing.assert_frame_equal(
        compare(summary, "best", 10, "a"), compare(summary, "best", 10, "a")
    )


def test_paired_differences_are_those_of_shared_seeds():
    runs = [("a", s, 10.0 * s) for s in (1, 2, 3, 4)] + [
        ("b", s, 10.0 * s + d) for s, d in ((2, 1.0), (3, 2.0), (4, 3.0), (9, 500.0))
    ]
    summary = pd.DataFrame(runs, columns=["label", "seed", "best"])
    summary = summary.assign(task="t", model="m", query=10, valid_share=0.5)
    frame = compare(summary, ["best", "valid_share"], 10, "a")
    frame = frame.set_index(["statistic", "label", "quantity"])
    difference = frame.loc[("best", "b", "paired difference")]
    assert (difference.value, difference.seeds) == (2.0, 3)
    assert difference.low < 0 < 2 < difference.high  # 2 ± 4.3 / √3
    assert difference.p_value == pytest.approx(stats.ttest_1samp([1.0, 2.0, 3.0], 0).pvalue)
    assert np.isnan(frame.p_value["valid_share", "b", "paired difference"])
    assert frame.p_holm.isna().all()  # no gains, no family
    assert ("best", "a", "paired difference") not in frame.index
    assert np.isnan(paired_difference(np.array([1.0]), np.array([0.0]))[1])


def test_a_composition_is_paired_with_each_part_that_has_run_on_its_model():
    runs = [
        ("m", label, seed, extra * seed)
        for label, extra in (("a", 1.0), ("b", 2.0), ("a with b", 4.0), ("unlike", 9.0))
        for seed in (1, 2, 3)
    ]
    runs += [("other", "c", 1, 0.0)]
    summary = pd.DataFrame(runs, columns=["model", "label", "seed", "best"])
    summary = summary.assign(task="t", query=10)
    parts = {"a with b": ["a", "b", "c", "not run"], "not run": ["a"]}
    frame = compare(summary, "best", 10, "a", parts)
    frame = frame[frame.quantity == "gain over a part"].set_index(["label", "other"])
    assert frame.value.to_dict() == {("a with b", "a"): 6.0, ("a with b", "b"): 4.0}
    low, high = stats.ttest_1samp([2.0, 4.0, 6.0], 0).confidence_interval()
    assert frame.loc[("a with b", "b"), ["low", "high"]].tolist() == pytest.approx([low, high])


def test_the_reference_is_of_the_same_model_where_it_has_one():
    rows = [
        (model, label, seed, base + extra + seed)
        for model, base in (("small", 0.0), ("large", 100.0))
        for label, extra in (("a", 0.0), ("b", 1.0 if model == "small" else 2.0))
        for seed in (1, 2)
    ]
    rows += [("alone", "c", seed, 103.0 + seed) for seed in (1, 2)]
    summary = pd.DataFrame(rows, columns=["model", "label", "seed", "best"])
    frame = compare(summary.assign(task="t", query=10), "best", 10, "a")
    frame = frame[frame.quantity == "paired difference"].set_index("model")
    assert frame.value.to_dict() == {"small": 1.0, "large": 2.0, "alone": 3.0}


def test_gains_are_corrected_for_all_of_their_task_and_statistic_and_for_no_others():
    generator = np.random.default_rng(0)
    runs = [
        (task, label, seed, query, height + generator.normal(), generator.normal())
        for task, composition in (("t", 3.0), ("u", 0.5))
        for label, height in (("a", 0.0), ("b", 1.0), ("a with b", composition))
        for seed in range(5)
        for query in (5, 10)
    ]
    summary = pd.DataFrame(runs, columns=["task", "label", "seed", "query", "best", "top10"])
    summary = summary.assign(model="m")
    frame = compare(summary, ["best", "top10"], [5, 10], "a", {"a with b": ["a", "b"]})
    gains = frame[frame.quantity == "gain over a part"]
    assert len(gains) == 2 * 2 * 2 * 2
    assert frame.p_holm.notna().sum() == len(gains)
    for _, family in gains.groupby(["task", "statistic"]):
        assert family.p_holm.tolist() == pytest.approx(holm(family.p_value).tolist())
        assert family.p_holm.min() == pytest.approx(min(1, 4 * family.p_value.min()))
    only = compare(summary[summary["query"] == 10], "best", 10, "a", {"a with b": ["a", "b"]})
    both = frame[(frame["query"] == 10) & (frame.statistic == "best")].reset_index(drop=True)
    pd.testing.assert_frame_equal(only.drop(columns="p_holm"), both.drop(columns="p_holm"))
