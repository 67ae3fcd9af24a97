"""Bayesian optimisation on a model whose objects are their own latent points."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from lso.interfaces import State, Task
from lso.methods.bayesian_optimisation import BayesianOptimisation
from lso.optimisation import optimise
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess

QUICK = SparseGaussianProcess(
    inducing_points=20, first_stage_steps=40, second_stage_steps=20, refit_steps=5
)


class Identity(torch.nn.Module):
    """Objects are latent points in words; points far from the origin are invalid."""

    latent_dim = 2
    representation = None

    def encode(self, objects):
        return torch.tensor([[float(part) for part in item.split()] for item in objects]).double()

    def decode(self, z, generator):
        return [
            None if point.norm() > 3 else " ".join(repr(float(value)) for value in point)
            for point in z
        ]


def score(objects):
    z = np.array([[float(part) for part in item.split()] for item in objects])
    return -np.sum((z - 1.5) ** 2, axis=1)


def initial_state(n=60):
    z = torch.randn(n, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = Identity().decode(0.5 * z, None)
    return State.initial(Task(x, score(x), np.arange(n) % 6 == 0, score), Identity())


def run(method, state, stop, budget=50):
    *_, (last, _) = optimise(method, state, budget=budget, stop=stop, seed=3)
    return last


def make(**settings):
    given = {"surrogate": QUICK, "invalid_value": -20.0, "best_points": 20, "random_points": 20}
    return BayesianOptimisation(**(given | settings))


@pytest.mark.parametrize("logarithm", [True, False])
def test_queries_improve_on_the_data(logarithm):
    state = run(make(refit_every=5, logarithm=logarithm), initial_state(), stop=12)
    assert state.z.shape == (12, 2)
    assert np.nanmax(state.y.numpy()) > state.task.y.max()
    assert np.nanmax(state.y.numpy()) > -0.2


@pytest.mark.parametrize("refit_every", [1, 2, 50])
def test_a_split_run_is_bit_identical(refit_every):
    method = make(refit_every=refit_every)
    straight = run(method, initial_state(), stop=6)
    half = run(method, initial_state(), stop=3)
    resumed = run(method, replace(half, memory=load(save(half.memory))), stop=6)
    assert torch.equal(straight.z, resumed.z)
    assert straight.x == resumed.x
    assert straight.memory.keys() == resumed.memory.keys()
    assert all(torch.equal(straight.memory[name], resumed.memory[name]) for name in resumed.memory)


def told(method, y):
    """The state after a start and queries of given scores."""
    generator = torch.Generator().manual_seed(0)
    state = method.tell(initial_state(), generator)
    z = torch.ones(len(y), 2).double()
    return state, method.tell(state.append(z, ["1 1"] * len(y), np.array(y)), generator)


def test_invalid_queries_get_the_invalid_value_or_are_left_out():
    for value, expected in ((-20.0, [-20.0, 1.0, -20.0]), (None, [1.0, -99.0])):
        before, after = told(make(invalid_value=value), [np.nan, 1.0, -99.0])
        added = after.memory["bo.y"][len(before.memory["bo.y"]) :]
        assert added.tolist() == expected
        assert len(after.memory["bo.x"]) == len(after.memory["bo.y"])
        assert int(after.memory["bo.seen"]) == 3


def test_tell_digests_each_query_once_and_leaves_its_input_untouched():
    method = make()
    before, after = told(method, [0.5])
    assert len(before.memory["bo.x"]) == 40
    assert len(after.memory["bo.x"]) == 41
    again = method.tell(after, torch.Generator().manual_seed(1))
    assert all(again.memory[name] is tensor for name, tensor in after.memory.items())


def test_first_data_are_the_best_and_other_training_objects():
    state = make(best_points=5, random_points=3).tell(
        initial_state(), torch.Generator().manual_seed(0)
    )
    training = np.sort(state.training_data()[1])[::-1]
    assert np.allclose(state.memory["bo.y"][:5], np.maximum(training[:5], -20))
    assert len(state.memory["bo.y"]) == 8


def test_it_starts_again_when_its_memory_is_gone():
    state = run(make(), initial_state(), stop=3)
    emptied = replace(state, memory={})
    again = make(best_points=100).tell(emptied, torch.Generator().manual_seed(0))
    valid = int((~state.y.isnan()).sum())
    assert len(again.memory["bo.x"]) == 50 + valid
    assert int(again.memory["bo.seen"]) == 3


def test_refits_come_when_due():
    generator = torch.Generator().manual_seed(0)
    method = make(refit_every=2)
    state = method.tell(initial_state(), generator)
    first = state.memory["bo.posterior.noise"]
    for changed in (False, True):
        z = method.ask(state, generator)
        state = method.tell(state.append(z, ["1 1"], np.array([0.0])), generator)
        assert torch.equal(first, state.memory["bo.posterior.noise"]) != changed


@pytest.mark.parametrize(
    "settings",
    [
        {"best_points": -1},
        {"best_points": 0, "random_points": 0},
        {"prior_starts": 0, "good_starts": 0},
        {"refit_every": 0},
        {"threshold_quantile": 1.5},
        {"box_margin": 0.0},
    ],
)
def test_bad_settings_fail_at_construction(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        make(**settings)
