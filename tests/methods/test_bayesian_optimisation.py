"""Bayesian optimisation on a model whose objects are their own latent points."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from lso.latent_scores import Prior
from lso.methods.bayesian_optimisation import BayesianOptimisation
from lso.optimisation import optimise
from lso.regions.jacobian_subspace import JacobianSubspace
from lso.regions.random_subspace import RandomSubspace
from lso.regions.trust_region import TrustRegion
from lso.score_terms import Penalty
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess

QUICK = SparseGaussianProcess(
    inducing_points=20, first_stage_steps=40, second_stage_steps=20, refit_steps=5
)


def run(method, state, stop, budget=50):
    *_, (last, _) = optimise(method, state, budget=budget, stop=stop, seed=3)
    return last


def make(**settings):
    given = {"surrogate": QUICK, "invalid_value": -20.0, "best_points": 20, "random_points": 20}
    return BayesianOptimisation(**(given | settings))


@pytest.mark.parametrize("logarithm", [True, False])
def test_queries_improve_on_the_data(logarithm, state):
    state = run(make(refit_every=5, logarithm=logarithm), state, stop=12)
    assert state.z.shape == (12, 2)
    assert np.nanmax(state.y.numpy()) > state.task.y.max()
    assert np.nanmax(state.y.numpy()) > -0.2


@pytest.mark.parametrize("refit_every", [1, 2, 50])
def test_a_split_run_is_bit_identical(refit_every, state):
    method = make(refit_every=refit_every)
    straight = run(method, state, stop=6)
    half = run(method, state, stop=3)
    resumed = run(method, replace(half, memory=load(save(half.memory))), stop=6)
    assert torch.equal(straight.z, resumed.z)
    assert straight.x == resumed.x
    assert straight.memory.keys() == resumed.memory.keys()
    assert all(torch.equal(straight.memory[name], resumed.memory[name]) for name in resumed.memory)


def told(method, state, y):
    """The state after a start and queries of given scores."""
    generator = torch.Generator().manual_seed(0)
    state = method.tell(state, generator)
    z = torch.ones(len(y), 2).double()
    return state, method.tell(state.append(z, ["1 1"] * len(y), np.array(y)), generator)


def test_invalid_queries_get_the_invalid_value_or_are_left_out(state):
    for value, expected in ((-20.0, [-20.0, 1.0, -20.0]), (None, [1.0, -99.0])):
        before, after = told(make(invalid_value=value), state, [np.nan, 1.0, -99.0])
        added = after.memory["bo.y"][len(before.memory["bo.y"]) :]
        assert added.tolist() == expected
        assert len(after.memory["bo.x"]) == len(after.memory["bo.y"])
        assert int(after.memory["bo.seen"]) == 3


@pytest.mark.parametrize(("value", "more"), [(-20.0, 5), (None, 0)])
def test_a_run_without_a_valid_decode_goes_on(value, more, state, monkeypatch):
    monkeypatch.setattr(state.model, "decode", lambda z, generator: [None] * len(z))
    last = run(make(invalid_value=value, refit_every=2), state, stop=6)
    assert last.x == [None] * 6
    assert last.y.isnan().all()
    assert last.z.isfinite().all()
    assert int(last.memory["bo.seen"]) == 5
    assert len(last.memory["bo.y"]) == 40 + more


def test_tell_digests_each_query_once_and_leaves_its_input_untouched(state):
    method = make()
    before, after = told(method, state, [0.5])
    assert len(before.memory["bo.x"]) == 40
    assert len(after.memory["bo.x"]) == 41
    again = method.tell(after, torch.Generator().manual_seed(1))
    assert all(again.memory[name] is tensor for name, tensor in after.memory.items())


def test_first_data_are_the_best_and_other_training_objects(state):
    state = make(best_points=5, random_points=3).tell(state, torch.Generator().manual_seed(0))
    training = np.sort(state.training_data()[1])[::-1]
    assert np.allclose(state.memory["bo.y"][:5], np.maximum(training[:5], -20))
    assert len(state.memory["bo.y"]) == 8


def test_it_starts_again_when_its_memory_is_gone(state):
    state = run(make(), state, stop=3)
    emptied = replace(state, memory={})
    again = make(best_points=100).tell(emptied, torch.Generator().manual_seed(0))
    valid = int((~state.y.isnan()).sum())
    assert len(again.memory["bo.x"]) == 50 + valid
    assert int(again.memory["bo.seen"]) == 3


def test_refits_come_when_due(state):
    generator = torch.Generator().manual_seed(0)
    method = make(refit_every=2)
    state = method.tell(state, generator)
    first = state.memory["bo.posterior.noise"]
    for changed in (False, True):
        z = method.ask(state, generator)
        state = method.tell(state.append(z, ["1 1"], np.array([0.0])), generator)
        assert torch.equal(first, state.memory["bo.posterior.noise"]) != changed


def test_a_penalty_moves_the_choice_towards_its_score(state):
    told = make().tell(state, torch.Generator().manual_seed(0))
    told = told.remember(**{"bo.penalty": torch.tensor([0.0, 1.0]).double()})
    penalties = [None, Penalty(Prior(), weight=0.5), Penalty(Prior(), weight=1e6)]
    asked = [make(penalty=p).ask(told, torch.Generator().manual_seed(0)) for p in penalties]
    assert asked[0].norm() > asked[1].norm() > asked[2].norm()
    assert asked[2].norm() < 0.1


@pytest.mark.parametrize(
    "region", [RandomSubspace(dimensions=1), JacobianSubspace(dimensions=1), TrustRegion()]
)
def test_queries_are_within_the_region_and_splitting_changes_nothing(region, state):
    method = make(region=region, penalty=Penalty(Prior()))
    half = run(method, state, stop=2)
    straight, resumed = (run(method, begun, stop=3).z for begun in (state, half))
    assert torch.equal(straight, resumed)
    evidence = method.evidence(half, method.posterior(half))
    chart = region.chart(evidence, torch.Generator().manual_seed(5))
    z = method.ask(half, torch.Generator().manual_seed(5))
    assert torch.allclose(chart.points(chart.coordinates(z)), z)
    assert torch.allclose(chart.clamp(chart.coordinates(z)), chart.coordinates(z))


@pytest.mark.parametrize(
    "settings",
    [
        {"best_points": -1},
        {"best_points": 0, "random_points": 0},
        {"prior_starts": 0, "good_starts": 0},
        {"refit_every": 0},
        {"threshold_quantile": 1.5},
    ],
)
def test_bad_settings_fail_at_construction(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        make(**settings)
