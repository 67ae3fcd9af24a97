"""Identities of the weights."""

import numpy as np
import pytest
from scipy.stats import norm

from lso.weighting import (
    CrossEntropyMethod,
    DesignByAdaptiveSampling,
    Rank,
    RewardWeightedRegression,
)

Y = np.random.default_rng(0).normal(size=5000)


def test_rank_weights_by_hand():
    weights = Rank(0.5)(np.array([1.0, 3.0, 2.0, 0.0]))
    assert np.allclose(weights, 1 / np.array([2 + 2, 2 + 0, 2 + 1, 2 + 3]))


@pytest.mark.parametrize(("k", "share"), [(1e-3, 0.347), (1e-1, 0.040)])
def test_share_of_the_best_percent(k, share):
    weights = np.sort(Rank(k)(np.arange(1_000_000.0)))[::-1]
    assert weights[:10_000].sum() / weights.sum() == pytest.approx(share, abs=5e-4)
    assert np.log(1 + 0.01 / k) / np.log(1 + 1 / k) == pytest.approx(share, abs=5e-4)


def test_rank_weights_depend_on_order_alone():
    assert np.array_equal(Rank(1e-3)(Y), Rank(1e-3)(np.exp(Y)))


@pytest.mark.parametrize("k", [1e9, 1e308, np.inf])
def test_large_k_is_uniform(k):
    weights = Rank(k)(Y)
    assert weights / weights.mean() == pytest.approx(np.ones(len(Y)), rel=1e-5)


def test_ties_share_ranks_in_order():
    weights = Rank(1.0)(np.zeros(3))
    assert np.allclose(weights, 1 / np.array([3, 4, 5]))


def test_cross_entropy_method_keeps_the_best():
    weights = CrossEntropyMethod(0.95)(Y)
    assert weights.sum() == 250
    assert Y[weights == 1].min() >= np.quantile(Y, 0.95)


def test_dbas_is_a_survival_function_and_tends_to_cem():
    weights = DesignByAdaptiveSampling(0.8, 0.1)(Y)
    assert np.allclose(weights, 1 - norm.cdf((np.quantile(Y, 0.8) - Y) / 0.1))
    assert np.array_equal(DesignByAdaptiveSampling(0.8, 0.0)(Y), CrossEntropyMethod(0.8)(Y))


def test_rwr_ratios():
    weights = RewardWeightedRegression(0.5)(Y)
    assert weights.sum() == pytest.approx(1)
    assert np.log(weights[0] / weights[1]) == pytest.approx(0.5 * (Y[0] - Y[1]))


every_weighting = pytest.mark.parametrize(
    "weighting",
    [
        Rank(1e-3),
        CrossEntropyMethod(0.5),
        DesignByAdaptiveSampling(0.5, 1.0),
        RewardWeightedRegression(1.0),
    ],
)


@every_weighting
@pytest.mark.parametrize("y", [[], [1.0, np.nan], [1.0, np.inf], [-np.inf, 1.0]])
def test_bad_scores(weighting, y):
    with pytest.raises(ValueError, match="all finite"):
        weighting(np.array(y))


@every_weighting
@pytest.mark.parametrize("y", [[0.1], [0.1, 0.1, 0.1], [-1e200, 3.0, 1e200]])
def test_the_best_always_has_a_weight(weighting, y):
    weights = weighting(np.array(y))
    assert np.isfinite(weights).all()
    assert weights[-1] > 0


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Rank(0.0),
        lambda: Rank(np.nan),
        lambda: Rank(1e-310),
        lambda: CrossEntropyMethod(1.0),
        lambda: CrossEntropyMethod(np.nan),
        lambda: DesignByAdaptiveSampling(0.5, -1.0),
        lambda: DesignByAdaptiveSampling(0.5, np.nan),
        lambda: DesignByAdaptiveSampling(0.5, np.inf),
        lambda: RewardWeightedRegression(0.0),
        lambda: RewardWeightedRegression(np.nan),
        lambda: RewardWeightedRegression(np.inf),
    ],
)
def test_bad_settings(wrong):
    with pytest.raises(ValueError, match="must be"):
        wrong()
