import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.comparison import compare
from lso.evaluation.uncertainty import paired_difference


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
    assert frame.value["best", "b", "paired p-value"] == pytest.approx(
        stats.ttest_1samp([1.0, 2.0, 3.0], 0).pvalue
    )
    assert np.isnan(frame.value["valid_share", "b", "paired p-value"])
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
