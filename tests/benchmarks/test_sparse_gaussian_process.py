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

Whole queries with `refit_every: 1, refit_steps: 2`, as expressions have them, at n = 10,000,
m = 500, d = 56: median 1.43 s of wall clock on two threads with nothing beside (1.38 to 1.47; 2.7 s
of processor), 2.05 s on one; on a faster day 1.38 s on one (1.35 to 1.45).
cProfile of one query of 1.46 s, one thread:

    ncalls  tottime  cumtime
        22    0.293    0.543  run_backward of torch
         3    0.272    0.528  _collapsed_bound.py, forward of the products of features
        48    0.266    0.266  linalg.solve_triangular
         2    0.232    0.250  _collapsed_bound.py, backward of the same
        26    0.130    0.238  _collapsed_bound.py, squared_exponential
        26    0.089    0.089  exp
       702    0.011    0.031  jaxtyping's checks, which only tests make
         2    0.011    0.011  addr_
        59    0.009    0.009  cat
         3    0.008    0.008  partition of numpy (quantiles)

Such queries one after the other, whose points are given, beside a cold fit to the same data at its
default settings; raw bound in nats per point, EI under the cold fit. After 10 queries both are
more than 1 % worse than the cold fit's; after 50 the bound is better and EI 0.7 and 0.8 % lower:

                                   bound              EI of the point asked
                              queries   cold fit       queries   cold fit
    n = 2,000,   10 queries    −0.559     −0.545         4.445      4.491
    n = 10,000,  10 queries    −0.334     −0.323        10.770     11.031
    n = 2,000,   50 queries   −0.1810    −0.1843         7.824      7.879
    n = 10,000,  50 queries   −0.3307    −0.3459         9.969     10.049

(one seed, m and d as in the first and last row above; data differ between 10 and 50 queries; the
last row takes 3.5 minutes.)
"""

import cProfile
import io
import math
import pstats
import time

import numpy as np
import pytest
import torch

from lso.interfaces import State, Task
from lso.methods._surrogate_method import _remember
from lso.methods.bayesian_optimisation import BayesianOptimisation
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


class Points(torch.nn.Module):
    """What a method must know of a model that it neither encodes nor decodes with."""

    latent_dim = 56


@pytest.mark.benchmark(timer=time.process_time)  # of all threads: other load does not count
def test_query(benchmark):
    """Whole queries, as config/methods.yaml has them: ask, be told, refit in two steps."""
    posterior, x, y = untrained(*SIZES[-1])
    surrogate = SparseGaussianProcess(inducing_points=SIZES[-1][1], refit_steps=2)
    method = BayesianOptimisation(surrogate=surrogate, refit_every=1)
    task = Task([], np.empty(0), np.empty(0, dtype=bool), lambda objects: np.zeros(len(objects)))
    state = _remember(State.initial(task, Points()), x, y, posterior, 0)
    state = state.remember(**{"bo.started": torch.tensor(0), "bo.first_best": y.max()})
    generator, profile = torch.Generator().manual_seed(0), cProfile.Profile(time.process_time)

    def query():
        nonlocal state
        z = method.ask(state, generator)
        state = method.tell(state.append(z, [""], y[len(state.y)][None].numpy()), generator)

    benchmark.pedantic(query, rounds=5)
    assert len(state.memory["bo.x"]) == len(x) + 5
    profile.runcall(query)
    text = io.StringIO()
    pstats.Stats(profile, stream=text).strip_dirs().sort_stats("tottime").print_stats(10)
    benchmark.extra_info["profile"] = text.getvalue()
    print(text.getvalue())


@pytest.mark.parametrize("size", [SIZES[0], SIZES[-1]], ids=str)
def test_queries_with_short_refits_beside_a_cold_fit(benchmark, size):
    """Raw bounds and improvements after two steps per query, which are reported and not judged."""
    n, m, d = size
    x, y = data(n + ADDED, d)
    short = SparseGaussianProcess(inducing_points=m, refit_steps=2)
    warm = short.fit(x[:n], y[:n], torch.Generator().manual_seed(0))

    def follow():
        nonlocal warm
        for i in range(n + 1, n + ADDED + 1):
            warm = short.refit(warm, x[:i], y[:i])

    benchmark.pedantic(follow, rounds=1)
    cold = SparseGaussianProcess(inducing_points=m).fit(x, y, torch.Generator().manual_seed(0))
    for name, posterior in (("short refits", warm), ("cold fit", cold)):
        asked = search(posterior, x, y)[None]
        benchmark.extra_info[f"bound, {name}"] = short.bound(posterior, x, y) / len(y)
        benchmark.extra_info[f"EI, {name}"] = float(improvement(cold, y)(asked).exp())
    print(benchmark.extra_info)


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
