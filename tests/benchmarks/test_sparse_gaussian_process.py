"""What a query costs with the sparse Gaussian process, and what its short cuts give away.

Run with `pytest tests/benchmarks --benchmark-only`.
"""

import math

import numpy as np
import pytest
import torch

from lso.surrogates.acquisition import ExpectedImprovement, maximise
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess

SIZES = [(2000, 100, 25), (5000, 200, 25), (5000, 500, 56), (10_000, 500, 56)]
ADDED = 50


def data(n, d, seed=0):
    """Latent points, and scores that bend along three directions under noise."""
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(n, d, generator=generator, dtype=torch.float64)
    w = torch.randn(d, 3, generator=generator, dtype=torch.float64) / math.sqrt(d)
    a, b, c = (x @ (w * torch.linspace(2, 0.1, d)[:, None])).T
    noise = torch.randn(n, generator=generator, dtype=torch.float64)
    return x, torch.sin(a) + b - 0.3 * c**2 + 0.3 * noise


def untrained(n, m, d):
    """A posterior whose hyper-parameters are as they start; predicting costs the same."""
    surrogate = SparseGaussianProcess(
        inducing_points=m, first_stage_steps=0, second_stage_steps=0, kmeans_starts=1
    )
    x, y = data(n, d)
    return surrogate, surrogate.fit(x, y, torch.Generator().manual_seed(0)), x, y


def search(posterior, x, y):
    generator = torch.Generator().manual_seed(1)
    prior = torch.randn(10, x.shape[1], generator=generator, dtype=x.dtype)
    good = x[y >= np.quantile(y.numpy(), 0.8)][:10]
    improvement = ExpectedImprovement(posterior.predict, float(np.quantile(y.numpy(), 0.9)))
    best = maximise(improvement, torch.cat([prior, good]), bound=3.6)
    return float(improvement(best[None]).exp())


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_update(benchmark, size):
    _, posterior, x, y = untrained(*size)
    benchmark(lambda: posterior.condition(x[:1], y[:1]))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_search(benchmark, size):
    _, posterior, x, y = untrained(*size)
    benchmark.pedantic(lambda: search(posterior.condition(x[:1], y[:1]), x, y), rounds=3)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_step_of_a_fit(benchmark, size):
    _, posterior, x, y = untrained(*size)
    surrogate = SparseGaussianProcess(inducing_points=size[1], refit_steps=5)
    benchmark.pedantic(lambda: surrogate.refit(posterior, x, y), rounds=1)
    benchmark.extra_info["seconds_per_step"] = benchmark.stats.stats.mean / 6


def test_warm_refit_is_no_worse_than_a_cold_fit(benchmark):
    n, m, d = SIZES[0]
    x, y = data(n + ADDED, d)
    surrogate = SparseGaussianProcess(inducing_points=m)
    updated = surrogate.fit(x[:n], y[:n], torch.Generator().manual_seed(0))
    updated = updated.condition(x[n:], y[n:])
    cold = surrogate.fit(x, y, torch.Generator().manual_seed(1))
    warm = benchmark.pedantic(lambda: surrogate.refit(updated, x, y), rounds=1)
    slack = 0.01 * abs(surrogate.bound(cold, x, y))
    assert surrogate.bound(warm, x, y) > surrogate.bound(cold, x, y) - slack
    for name, posterior in (("updated", updated), ("warm", warm), ("cold", cold)):
        benchmark.extra_info[f"{name}_bound_per_point"] = surrogate.bound(posterior, x, y) / len(y)
        benchmark.extra_info[f"{name}_improvement"] = search(posterior, x, y)
