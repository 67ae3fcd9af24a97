"""The sparse posterior against exact Gaussian processes, and its behaviour on bad data."""

import math

import pytest
import torch

from lso.surrogates._collapsed_bound import (
    FeatureProducts,
    collapsed_bound,
    factorise,
    squared_exponential,
)
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess


def random(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def data(n=120, d=3):
    x = random(n, d)
    return x, torch.sin(2 * x[:, 0]) + 0.3 * x[:, 1] + 0.1 * random(n, seed=1)


def generator():
    return torch.Generator().manual_seed(5)


QUICK = {"first_stage_steps": 30, "second_stage_steps": 10, "refit_steps": 10}
KERNEL = (torch.tensor([0.8, 1.1, 2.0]).double(), torch.tensor(1.3).double())
NOISE = torch.tensor(0.1).double()


def evidence_bound(inducing, x, y, lengthscales=KERNEL[0], variance=KERNEL[1], noise=NOISE):
    factor = factorise(squared_exponential(inducing, inducing, lengthscales, variance), 1e-10)
    cross = squared_exponential(inducing, x, lengthscales, variance)
    gram, projection = FeatureProducts.apply(factor, cross, y)
    return collapsed_bound(gram, projection, y, variance, noise)


def exact_evidence(x, y):
    covariance = squared_exponential(x, x, *KERNEL) + NOISE * torch.eye(len(x))
    zero = torch.zeros_like(y)
    return torch.distributions.MultivariateNormal(zero, covariance).log_prob(y)


def test_kernel_equals_its_definition_far_from_the_origin():
    a, b = random(7, 3) + 1e3, random(4, 3, seed=1) + 1e3
    squares = ((a[:, None] - b[None]) / KERNEL[0]).square().sum(-1)
    expected = KERNEL[1] * torch.exp(-squares / 2)
    torch.testing.assert_close(squared_exponential(a, b, *KERNEL), expected, rtol=1e-9, atol=0)


def test_bound_lies_below_the_evidence_and_rises_with_inducing_points():
    x, y = data()
    bounds = [float(evidence_bound(x[:m], x, y)) for m in (5, 20, 60, 119)]
    assert bounds == sorted(bounds)
    assert bounds[-1] < float(exact_evidence(x, y))


def test_bound_equals_the_evidence_with_all_points_inducing():
    x, y = data(60)
    torch.testing.assert_close(evidence_bound(x, x, y), exact_evidence(x, y), rtol=0, atol=1e-4)


def test_gradient_of_the_bound_equals_finite_differences():
    x, y = data(15)
    inputs = (x[:4].clone(), KERNEL[0].clone(), KERNEL[1].clone(), NOISE.clone())
    inputs = [tensor.requires_grad_(True) for tensor in inputs]
    assert torch.autograd.gradcheck(lambda z, *rest: evidence_bound(z, x, y, *rest), inputs)


def test_prediction_equals_the_exact_posterior_with_all_points_inducing():
    x, y = data(40)
    surrogate = SparseGaussianProcess(jitter=1e-10, **QUICK)
    posterior = surrogate.fit(x, y, generator())
    posterior = posterior_at(posterior, surrogate, posterior_inputs(posterior, x), x, y)
    z = random(6, 3, seed=3)
    points, queries = posterior_inputs(posterior, x), posterior_inputs(posterior, z)
    kernel = (posterior.lengthscales, posterior.variance)
    solved = torch.linalg.solve(
        squared_exponential(points, points, *kernel) + posterior.noise * torch.eye(len(x)),
        squared_exponential(points, queries, *kernel),
    )
    scaled = (y - posterior.output_shift) / posterior.output_scale
    mean = solved.T @ scaled * posterior.output_scale + posterior.output_shift
    reduction = (squared_exponential(points, queries, *kernel) * solved).sum(0)
    variance = (posterior.variance - reduction) * posterior.output_scale**2
    torch.testing.assert_close(posterior.predict(z)[0], mean, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(posterior.predict(z)[1], variance, rtol=1e-5, atol=1e-5)


def posterior_inputs(posterior, z):
    return (z - posterior.input_shift) / posterior.input_scale


def posterior_at(posterior, surrogate, inducing, x, y):
    """The posterior of the same hyper-parameters recomputed from data and inducing points."""
    still = SparseGaussianProcess(jitter=surrogate.jitter, refit_steps=0)
    moved = still.restore(posterior.tensors() | {"inducing": inducing})
    return still.refit(moved, x, y)


def test_rank_one_updates_equal_a_full_recomputation():
    x, y = data(200)
    surrogate = SparseGaussianProcess(inducing_points=30, **QUICK)
    posterior = surrogate.fit(x[:150], y[:150], generator())
    updated = posterior
    for i in range(150, 200):
        updated = updated.condition(x[i : i + 1], y[i : i + 1])
    full = posterior_at(posterior, surrogate, posterior.inducing, x, y)
    z = random(20, 3, seed=3)
    for ours, theirs in zip(updated.predict(z), full.predict(z), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("subset", [None, 100])
def test_fit_explains_data_and_refit_only_improves(subset):
    x, y = data(200)
    surrogate = SparseGaussianProcess(inducing_points=40, subset=subset)
    posterior = surrogate.fit(x, y, generator())
    mean, variance = posterior.predict(x)
    assert (mean - y).square().mean() < 0.05 < y.var()
    assert (variance > 0).all()
    refitted = surrogate.refit(posterior, x, y)
    assert surrogate.bound(refitted, x, y) > surrogate.bound(posterior, x, y)


def test_same_generator_same_posterior_and_inputs_untouched():
    x, y = data(80)
    copies = x.clone(), y.clone()
    surrogate = SparseGaussianProcess(inducing_points=20, **QUICK)
    first, second = (surrogate.fit(x, y, generator()).tensors() for _ in range(2))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert torch.equal(x, copies[0])
    assert torch.equal(y, copies[1])


def test_refit_leaves_its_posterior_untouched_and_restores_bit_for_bit():
    x, y = data(80)
    surrogate = SparseGaussianProcess(inducing_points=20, **QUICK)
    posterior = surrogate.fit(x, y, generator())
    before = {name: tensor.clone() for name, tensor in posterior.tensors().items()}
    surrogate.refit(posterior, x, y)
    posterior.condition(x[:1], y[:1])
    assert all(torch.equal(before[name], value) for name, value in posterior.tensors().items())
    for ours, theirs in zip(
        posterior.predict(x), surrogate.restore(before).predict(x), strict=True
    ):
        assert torch.equal(ours, theirs)


@pytest.mark.parametrize("standardise", [True, False])
def test_changing_the_unit_of_scores_changes_predictions_alike(standardise):
    x, y = data(80)
    surrogate = SparseGaussianProcess(inducing_points=20, standardise=standardise, **QUICK)
    mean, variance = surrogate.fit(x, y, generator()).predict(x)
    if standardise:
        scaled = surrogate.fit(x, 1e3 * y - 5, generator()).predict(x)
        torch.testing.assert_close(scaled[0], 1e3 * mean - 5, rtol=1e-5, atol=1e-3)
        torch.testing.assert_close(scaled[1], 1e6 * variance, rtol=1e-5, atol=1e-3)
    assert mean.isfinite().all()


def test_fewer_distinct_points_than_inducing_points_are_all_inducing():
    x, y = data(10)
    posterior = SparseGaussianProcess(inducing_points=50, **QUICK).fit(
        x.repeat(5, 1), y.repeat(5), generator()
    )
    assert len(posterior.inducing) == 10
    assert all(values.isfinite().all() for values in posterior.predict(x))


@pytest.mark.parametrize("standardise", [True, False])
@pytest.mark.parametrize("y", [torch.zeros(30), torch.full((30,), -7.0)])
def test_constant_scores_give_a_finite_posterior(y, standardise):
    x = data(30)[0]
    surrogate = SparseGaussianProcess(inducing_points=10, standardise=standardise, **QUICK)
    posterior = surrogate.fit(x, y.double(), generator())
    mean, variance = surrogate.refit(posterior, x, y.double()).predict(x)
    assert mean.isfinite().all()
    assert (variance > 0).all()


def test_one_point_and_identical_points_are_enough():
    for n in (1, 8):
        x, y = torch.ones(n, 2).double(), torch.arange(n).double()
        posterior = SparseGaussianProcess(**QUICK).fit(x, y, generator())
        assert len(posterior.inducing) == 1
        assert all(values.isfinite().all() for values in posterior.predict(random(3, 2)))


def test_jitter_escalates_and_then_fails_in_words():
    ones = torch.ones(5, 5).double()
    assert factorise(ones, 1e-6).isfinite().all()
    assert factorise(ones - 2e-4 * torch.eye(5).double(), 1e-6).isfinite().all()
    with pytest.raises(ValueError, match="positive definite"):
        factorise(-ones, 1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_values_that_are_not_finite_fail_in_words(bad):
    x, y = data(10)
    surrogate = SparseGaussianProcess(**QUICK)
    posterior = surrogate.fit(x, y, generator())
    y[3] = bad
    for call in (
        lambda: surrogate.fit(x, y, generator()),
        lambda: surrogate.refit(posterior, x, y),
        lambda: posterior.condition(x, y),
        lambda: surrogate.fit(x[:0], y[:0], generator()),
    ):
        with pytest.raises(ValueError, match="expected"):
            call()


@pytest.mark.parametrize(
    "settings",
    [
        {"inducing_points": 0},
        {"check_every": 0},
        {"subset": 0},
        {"refit_steps": -1},
        {"jitter": 0.0},
        {"initial_lengthscale": -1.0},
    ],
)
def test_bad_settings_fail_at_construction(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        SparseGaussianProcess(**settings)
