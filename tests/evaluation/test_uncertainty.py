import numpy as np
import pandas as pd
import pytest
from scipy import stats

from lso.evaluation.uncertainty import (
    holm,
    interquartile_mean,
    paired_difference,
    performance_profile,
    probability_of_improvement,
)


def test_interquartile_mean_drops_the_extremes():
    generator = np.random.default_rng(0)
    estimate = interquartile_mean([np.array([0, 1.0, 2, 100])], generator)
    assert estimate.value == 1.5
    assert estimate.low <= 1.5 <= estimate.high


def test_strata_are_resampled_apart():
    generator = np.random.default_rng(0)
    strata = [np.full(8, 0.0), np.full(8, 1.0)]
    estimate = interquartile_mean(strata, generator)
    assert estimate == pytest.approx((0.5, 0.5, 0.5))  # pooled resampling would vary


def test_interval_covers_as_often_as_it_says():
    middle = stats.norm.ppf(np.linspace(0.25, 0.75, 1001)).mean()
    covered = 0
    for seed in range(40):
        generator = np.random.default_rng(seed)
        estimate = interquartile_mean([generator.normal(size=30)], generator, resamples=300)
        covered += estimate.low <= middle <= estimate.high
    assert covered >= 32


@pytest.mark.parametrize("sizes", [(5,), (7, 4)])
def test_interquartile_mean_and_its_interval_are_scipys(sizes):
    def middle_mean(*strata, axis=-1):
        return stats.trim_mean(np.concatenate(strata, axis=axis), 0.25, axis=axis)

    strata = [np.random.default_rng(size).normal(size=size) for size in sizes]
    found = interquartile_mean(strata, np.random.default_rng(0), resamples=250)
    expected = stats.bootstrap(
        strata,
        middle_mean,
        n_resamples=250,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert found == pytest.approx((middle_mean(*strata), *expected), abs=1e-12)


def test_paired_difference_is_scipys_paired_t_test():
    ours, theirs = np.random.default_rng(0).normal(size=(2, 5))
    found, p_value = paired_difference(ours, theirs)
    test = stats.ttest_rel(ours, theirs)
    expected = ((ours - theirs).mean(), *test.confidence_interval(0.95))
    assert found == pytest.approx(expected, abs=1e-12)
    assert p_value == pytest.approx(test.pvalue, abs=1e-12)


def test_one_seed_has_no_interval():
    estimate = interquartile_mean([np.array([3.0])], np.random.default_rng(0))
    assert estimate.value == 3
    assert np.isnan(estimate.low)
    assert np.isnan(estimate.high)


def test_probability_of_improvement_counts_ties_half():
    def probability(ours, theirs):
        return probability_of_improvement(
            np.array(ours), np.array(theirs), np.random.default_rng(0)
        )

    assert probability([2.0, 3.0], [1.0, 1.0]).value == 1
    assert probability([1.0, 2.0], [1.0, 2.0]).value == 0.5
    value, low, high = probability([1.0, 2.0, 4.0, 5.0], [0.0, 3.0, 3.5])
    assert value == pytest.approx(8 / 12)
    assert 0 <= low < value < high <= 1
    assert np.isnan(probability([1.0], [0.0]).low)


def test_interval_of_the_probability_is_scipys_percentile_bootstrap():
    def win_share(ours, theirs, axis=-1):
        return stats.mannwhitneyu(ours, theirs, axis=axis).statistic / 12

    ours, theirs = np.array([1.0, 2.0, 2.0, 9.0]), np.array([0.0, 2.0, 1.5])
    found = probability_of_improvement(ours, theirs, np.random.default_rng(0), resamples=250)
    expected = stats.bootstrap(
        (ours, theirs),
        win_share,
        n_resamples=250,
        batch=100,
        method="percentile",
        vectorized=True,
        rng=np.random.default_rng(0),
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx(tuple(expected), abs=1e-12)
    assert found.value == pytest.approx(win_share(ours, theirs))
    assert probability_of_improvement(
        np.array([np.inf, 1.0]), np.array([np.inf, 2.0]), np.random.default_rng(0)
    ).value == pytest.approx(1.5 / 4)


def test_profile_is_the_share_of_runs_above_and_its_interval_is_binomial():
    scores, thresholds = np.arange(40.0), np.array([-1.0, 9.0, 19.5, 39.0])
    value, low, high = performance_profile([scores], thresholds, np.random.default_rng(0))
    assert value.tolist() == [1, 0.75, 0.5, 0]  # a run at the threshold is not above it
    expected = stats.binom.ppf([[0.025], [0.975]], 40, value) / 40
    assert np.allclose([low, high], expected, atol=0.03)


def test_profile_resamples_strata_apart():
    strata = [np.zeros(8), np.ones(8)]
    profile = performance_profile(strata, np.array([0.5]), np.random.default_rng(0))
    assert profile.ravel().tolist() == [0.5, 0.5, 0.5]


def test_holm_by_hand():
    found = holm(pd.Series([0.04, np.nan, 0.01, 0.03]))
    assert found[[0, 2, 3]] == pytest.approx([0.06, 0.03, 0.06])
    assert np.isnan(found[1])
