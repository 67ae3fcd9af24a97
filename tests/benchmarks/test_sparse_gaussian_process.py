"""What a query costs with the sparse Gaussian process, and what its short cuts give away.

Run with `pytest tests/benchmarks --benchmark-only`. Processor seconds of one thread of a busy
server processor (AVX2), at the default settings where a fit is meant; a cold fit and a refit
are steps times their caps (400 on 2,000 points and 50 on all; 50 on all):

    n       m    d   update    ask     step   step on 2,000   cold fit   refit
    2,000   100  25  0.3 ms  0.02 s  0.019 s        0.017 s      7.3 s   0.7 s
    5,000   200  25  0.3 ms  0.04 s  0.088 s        0.032 s       18 s     5 s
    5,000   500  56  0.9 ms  0.03 s  0.34 s         0.16 s        83 s    18 s
    10,000  500  56  0.8 ms  0.04 s  0.67 s         0.17 s       104 s    34 s

(the first row's fits were timed, the others' computed from their steps). With n = 2,000,
m = 100, d = 25 and 50 points added, over three seeds, in nats per point and units of the score:

                            bound            EI of the point asked, under the cold fit
    updated only     −0.210 −0.204 −0.211     7.84  8.00  7.88
    warm refit       −0.191 −0.184 −0.187     7.87  8.04  7.93
    cold fit         −0.184 −0.176 −0.181     7.88  8.05  7.94
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
        inducing_points=m, first_stage_steps=0, second_stage_steps=0, refit_steps=0
    )
    x, y = data(n, d)
    start = surrogate.fit(x[:m], y[:m], torch.Generator().manual_seed(0))
    return surrogate.refit(start, x, y), x, y


def improvement(posterior, y):
    threshold = float(np.quantile(y.numpy(), 0.9))
    return ExpectedImprovement(posterior.predict, threshold)


def search(posterior, x, y):
    generator = torch.Generator().manual_seed(1)
    prior = torch.randn(10, x.shape[1], generator=generator, dtype=x.dtype)
    good = x[y >= np.quantile(y.numpy(), 0.8)][:10]
    bounds = torch.full((2, x.shape[1]), 3.6, dtype=x.dtype) * torch.tensor([[-1.0], [1.0]])
    return maximise(improvement(posterior, y), torch.cat([prior, good]), bounds)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_update(benchmark, size):
    posterior, x, y = untrained(*size)
    benchmark(lambda: posterior.condition(x[:1], y[:1]))


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_search(benchmark, size):
    posterior, x, y = untrained(*size)
    benchmark.pedantic(lambda: search(posterior.condition(x[:1], y[:1]), x, y), rounds=3)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_step_of_a_fit(benchmark, size):
    posterior, x, y = untrained(*size)
    surrogate = SparseGaussianProcess(inducing_points=size[1], refit_steps=5)
    benchmark.pedantic(lambda: surrogate.refit(posterior, x, y), rounds=1)
    benchmark.extra_info["seconds_per_step"] = benchmark.stats.stats.mean / 6


def test_warm_refit_is_no_worse_than_a_cold_fit(benchmark):
    n, m, d = SIZES[0]
    x, y = data(n + ADDED, d)
    surrogate = SparseGaussianProcess(inducing_points=m)
    updated = surrogate.fit(x[:n], y[:n], torch.Generator().manual_seed(0))
    updated = updated.condition(x[n:], y[n:])
    cold = surrogate.fit(x, y, torch.Generator().manual_seed(0))
    warm = benchmark.pedantic(lambda: surrogate.refit(updated, x, y), rounds=1)
    # standardised scores that are all noise have the evidence −log(2πe)/2 per point; bounds
    # are compared by what they gain on it, since they are themselves close to zero
    noise_only = -math.log(2 * math.pi * math.e) / 2
    gains, values = {}, {}
    for name, posterior in (("updated", updated), ("warm", warm), ("cold", cold)):
        gains[name] = surrogate.bound(posterior, x, y) / len(y) - noise_only
        asked = search(posterior, x, y)[None]
        values[name] = float(improvement(cold, y)(asked).exp())
    benchmark.extra_info.update(gains=gains, improvements=values)
    assert gains["warm"] > 0.99 * gains["cold"]
    assert values["warm"] > 0.99 * values["cold"]
