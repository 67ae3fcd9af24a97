import numpy as np
import pytest
from scipy import stats

from lso.evaluation.uncertainty import interquartile_mean, probability_of_improvement


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


def test_one_seed_has_no_interval():
    estimate = interquartile_mean([np.array([3.0])], np.random.default_rng(0))
    assert estimate.value == 3
    assert np.isnan(estimate.low)
    assert np.isnan(estimate.high)


def test_probability_of_improvement_counts_ties_half():
    assert probability_of_improvement(np.array([2.0, 3]), np.array([1.0, 1])) == 1
    assert probability_of_improvement(np.array([1.0, 2]), np.array([1.0, 2])) == 0.5
