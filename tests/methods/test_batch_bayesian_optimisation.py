"""Batches on a model whose objects are their own latent points."""

from dataclasses import replace

import pytest
import torch
from safetensors.torch import load, save

from lso.latent_scores import Prior
from lso.methods.batch_bayesian_optimisation import BatchBayesianOptimisation
from lso.optimisation import optimise
from lso.optimisers.ascent import Ascent
from lso.optimisers.lbfgs import Lbfgs
from lso.regions.cube import Cube
from lso.regions.trust_region import TrustRegion
from lso.score_terms import Limit, Penalty
from lso.surrogates.deep_kernel_gaussian_process import DeepKernelGaussianProcess
from lso.surrogates.exact_gaussian_process import ExactGaussianProcess
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess

QUICK = ExactGaussianProcess(steps=8, refit_steps=2)
EVERY = {
    "ascent": {"optimiser": Ascent(0.3)},
    "stopped": {"optimiser": Ascent(0.3, stop=Limit(Prior())), "penalty": Penalty(Prior())},
    "lbfgs": {"optimiser": Lbfgs(10), "region": Cube(1.0), "penalty": Penalty(Prior())},
    "trust": {"optimiser": Lbfgs(10), "region": TrustRegion(half_width=1.0, length=0.2)},
    "deep": {
        "optimiser": Ascent(0.3),
        "surrogate": DeepKernelGaussianProcess(widths=(8, 3), steps=10, refit_steps=2),
    },
}


def make(**settings):
    given = {"surrogate": QUICK, "batch_size": 3, "samples": 16, "random_points": 25}
    return BatchBayesianOptimisation(**(given | settings))


def run(method, state, stop, budget=7):
    *_, (last, _) = optimise(method, state, budget=budget, stop=stop, seed=3)
    return last


@pytest.mark.parametrize("name", ["stopped", "lbfgs", "deep"])
def test_a_split_run_is_bit_identical(name, state):
    method = make(**EVERY[name])
    straight = run(method, state, stop=7)
    assert len(straight.z) == 7  # two batches and part of a third
    half = run(method, state, stop=3)
    resumed = run(method, replace(half, memory=load(save(half.memory))), stop=7)
    assert torch.equal(straight.z, resumed.z)
    assert straight.x == resumed.x


@pytest.mark.parametrize("name", ["ascent", "lbfgs"])
def test_queries_improve_on_the_data(name, state):
    settings = EVERY[name] | {"penalty": None, "region": Cube(2.5)}
    found = run(make(**settings, refit_every=3), state, stop=12, budget=12)
    assert found.y.nan_to_num(nan=-9).max() > state.task.y[~state.task.validation].max()


@pytest.mark.parametrize(("optimiser", "weight"), [(Ascent(0.1), 2.0), (Lbfgs(30), 100.0)])
def test_a_penalty_moves_the_batch_towards_its_score(optimiser, weight, state):
    plain = make(optimiser=optimiser, region=Cube())
    strong = replace(plain, penalty=Penalty(Prior(), weight=weight))
    far, near = (run(m, state, stop=3).z.norm(dim=1).mean() for m in (plain, strong))
    assert near < far


def test_stopped_points_are_within_the_limit_or_where_they_started(state):
    method = make(**EVERY["stopped"], batch_size=20)
    told = method.tell(state, torch.Generator().manual_seed(0))
    z = method.ask(told, torch.Generator().manual_seed(0))
    least = told.memory["bo.limit"]
    known = told.memory["bo.x"]
    starts = (torch.cdist(z, known) < 1e-12).any(1)
    assert (-z.square().sum(1) >= least - 1e-12).logical_or(starts).all()


@pytest.mark.parametrize("name", ["lbfgs", "trust"])
def test_bounds_are_kept(name, state):
    z = run(make(**EVERY[name]), state, stop=6).z
    assert z.abs().max() <= 1 + 1e-9


def test_the_surrogate_is_told_every_valid_query(state):
    method = make(**EVERY["ascent"])
    told = method.tell(run(method, state, 6), torch.Generator())
    valid = int((~told.y.isnan()).sum())
    assert len(told.memory["bo.y"]) == 25 + valid
    assert int(told.memory["bo.fitted"]) == 6


def test_bad_settings():
    with pytest.raises(ValueError, match="exact surrogate.*came SparseGaussianProcess"):
        make(optimiser=Ascent(1.0), surrogate=SparseGaussianProcess())
    with pytest.raises(ValueError, match="batch_size must be >= 1, came 0"):
        make(optimiser=Ascent(1.0), batch_size=0)
    with pytest.raises(ValueError, match="rate and steps must be positive, came -1.0 and 10"):
        Ascent(-1.0)
    with pytest.raises(ValueError, match="steps must be >= 1, came 0"):
        Lbfgs(0)
