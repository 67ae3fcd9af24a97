"""The loop and weighted retraining on a toy model: split, resume, defined behaviour."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from lso.interfaces import State, Task
from lso.methods.latent_grid import LatentGrid
from lso.methods.prior_sampling import PriorSampling
from lso.methods.weighted_retraining import WeightedRetraining
from lso.optimisation import generator_for, optimise
from lso.training_settings import TrainingSettings
from lso.weighting import CrossEntropyMethod, Rank, RewardWeightedRegression

TRAINING = TrainingSettings(epochs=1.0, batch_size=4, learning_rate=1e-2)


@dataclass(frozen=True)
class Digits:
    """Objects are decimal strings."""

    def fit(self, objects):
        return self

    def arrays(self, objects):
        return np.array([[int(item)] for item in objects], dtype=np.int64).reshape(-1, 1)

    def can_represent(self, item):
        return len(item) < 4


class Toy(nn.Module):
    """Decodes z to the integer nearest to a learnt scale times z."""

    latent_dim = 1

    def __init__(self):
        super().__init__()
        self.representation = Digits()
        self.scale = nn.Parameter(torch.tensor(10.0))

    def decode(self, z, generator):
        values = torch.round(z[:, 0] * self.scale.double()).long().tolist()
        return [str(value) if value >= 0 else None for value in values]

    def loss(self, batch, beta, generator):
        loss = (batch[:, 0].float() - self.scale) ** 2
        return {"loss": loss, "reconstruction": loss, "kl": torch.zeros_like(loss)}


def _objective(objects):
    return np.array([float(item) for item in objects])


@pytest.fixture
def state():
    x = [str(i) for i in range(20)]
    validation = np.arange(20) % 5 == 0
    return State.initial(Task(x, np.arange(20.0), validation, _objective), Toy())


def _method(**settings):
    inner = settings.pop("inner", PriorSampling(1))
    defaults = {"weighting": Rank(1e-3), "period": 4, "initial": TRAINING, "retraining": TRAINING}
    return WeightedRetraining(inner, **(defaults | settings))


def _run(method, state, budget, stops=None, seed=1):
    for stop in stops or [budget]:
        states = [state for state, _ in optimise(method, state, budget, stop, seed)]
        state = states[-1] if states else state
    return state


@pytest.mark.parametrize("method", [_method(), PriorSampling(3), _method(inner=LatentGrid(4, 9))])
def test_splitting_changes_nothing(method, state):
    whole = _run(method, state, 22)
    split = _run(method, state, 22, stops=[3, 4, 11, 22])
    assert torch.equal(whole.z, split.z)
    assert whole.x == split.x
    assert torch.equal(whole.model.scale, split.model.scale)


def test_same_seed_same_run_other_seed_other_run(state):
    assert torch.equal(_run(_method(), state, 8).z, _run(_method(), state, 8).z)
    assert not torch.equal(_run(_method(), state, 8).z, _run(_method(), state, 8, seed=2).z)


def test_budget_that_the_period_does_not_divide(state):
    assert len(_run(_method(inner=PriorSampling(3)), state, 10).y) == 10


def test_old_model_is_untouched(state):
    before = state.model.scale.item()
    after = _run(_method(), state, 5)
    assert state.model.scale.item() == before
    assert after.model.scale.item() != before


def test_valid_queries_join_the_training_set(state):
    final = _run(_method(), state, 9)
    told = [i - 20 for i in final.training_indices().tolist() if i >= 20]
    assert told == [i for i in range(8) if final.x[i] is not None]


def test_only_novel_and_representable_queries_join(state):
    state = replace(state.append(torch.zeros(4, 1), ["3", "77", "77", "9999"], np.ones(4)))
    memory = {"training": torch.arange(20), "retrained_at": torch.tensor(0)}
    admitted = _method(only_novel=True)._admit(replace(state, memory=memory))
    assert admitted.memory["training"].tolist() == [*range(20), 21]


def test_feedback_rule_keeps_the_size_and_drops_the_oldest(state):
    y = np.array([1.0, 2.0, 3.0, 4.0])
    state = state.append(torch.zeros(4, 1), ["1", "2", "3", "4"], y)
    memory = {"training": torch.arange(20), "retrained_at": torch.tensor(0)}
    admitted = _method(replace_quantile=0.5)._admit(replace(state, memory=memory))
    assert admitted.memory["training"].tolist() == [*range(2, 20), 22, 23]


def test_faithful_variants_admit_nothing_or_hold_out_the_newest(state):
    state = state.append(torch.zeros(2, 1), ["90", "91"], np.array([1.0, 2.0]))
    memory = {"training": torch.arange(18), "retrained_at": torch.tensor(0)}
    state = replace(state, memory=memory)
    assert _method(admit_queries=False)._admit(state) is state
    settings = replace(TRAINING, keep="best")
    split = _method(newest_validate=0.1)._split
    arrays, _, held, _ = split(_method()._admit(state), settings, torch.Generator())
    represent = state.model.representation.arrays
    np.testing.assert_array_equal(held, represent(["90", "91"]))
    assert len(arrays) == 18
    _, _, held, _ = _method()._split(_method()._admit(state), settings, torch.Generator())
    np.testing.assert_array_equal(held, represent(["0", "5", "10", "15"]))


@pytest.mark.parametrize(("share", "held_out"), [(0.01, 1), (0.15, 1), (0.2, 1), (0.25, 2)])
def test_the_newest_are_held_out_by_their_copies(state, share, held_out):
    # of the 20 the newest is the best and is repeated 4 times, the one before 3 times, all 29 times
    state = state.append(torch.zeros(2, 1), ["90", "91"], np.array([90.0, 91.0]))
    state = replace(state, memory={"training": torch.tensor([*range(18), 20, 21])})
    settings = replace(TRAINING, keep="best", weighted_by="replication")
    method = _method(newest_validate=share, weighting=Rank(0.1))
    arrays, weights, held, held_weights = method._split(state, settings, torch.Generator())
    represent = state.model.representation.arrays
    np.testing.assert_array_equal(held, represent(["90", "91"][-held_out:]))
    assert len(arrays) == len(weights) == 20 - held_out
    assert held_weights.min() > weights[:18].max()


def test_no_valid_decode_at_all(state):
    state.model.scale.data.fill_(-0.0)
    never = replace(state, model=_NeverValid())
    final = _run(_method(inner=LatentGrid(2, 3)), never, 6)
    assert torch.isnan(final.y).all()
    assert final.x == [None] * 6


class _NeverValid(Toy):
    def decode(self, z, generator):
        return [None] * len(z)


def _partly_finite(objects):
    scores = {"1": np.nan, "3": np.inf, "6": -np.inf}
    return np.array([scores.get(item, float(item)) for item in objects])


@dataclass(frozen=True)
class _Counting(PriorSampling):
    """Asks for 0, 1, 2 and so on."""

    def ask(self, state, generator):
        return torch.tensor([[float(len(state.y))]], dtype=torch.float64)


class _Fixed(Toy):
    """Decodes a point to its own number, whatever it has learnt."""

    def decode(self, z, generator):
        return [str(int(value)) for value in z[:, 0]]


@pytest.mark.parametrize("weighting", [Rank(1e-3), RewardWeightedRegression(1.0)])
def test_valid_objects_without_a_finite_score_are_no_data(weighting, state):
    task = replace(state.task, objective=_partly_finite)
    state = replace(state, task=task, model=_Fixed())
    final = _run(_method(inner=_Counting(), weighting=weighting), state, 9)
    assert final.x == [str(i) for i in range(9)]
    np.testing.assert_array_equal(final.y, [0, np.nan, 2, np.nan, 4, 5, np.nan, 7, 8])
    told = [i - 20 for i in final.training_indices().tolist() if i >= 20]
    assert told == [0, 2, 4, 5, 7]
    assert final.model.scale != state.model.scale


class _LateValid(_Fixed):
    def decode(self, z, generator):
        return [None if item < "4" else item for item in super().decode(z, generator)]


def test_feedback_rule_outlasts_a_round_without_a_valid_decode(state):
    state = replace(state, model=_LateValid())
    method = _method(inner=_Counting(), weighting=None, replace_quantile=0.8)
    first, second = _run(method, state, 5), _run(method, state, 9)
    initial = np.flatnonzero(~state.task.validation).tolist()
    assert first.x == [None] * 4 + ["4"]
    assert first.training_indices().tolist() == initial
    assert first.model.scale != _run(method, state, 4).model.scale
    assert second.training_indices().tolist() == [*initial[1:], 20 + 7]  # the best of 4, 5, 6, 7


def test_grid_offers_the_best_distinct_objects(state):
    z = LatentGrid(3, side=7, extent=3.0).ask(state, generator_for(0))
    assert z[:, 0].tolist() == [3.0, 2.0, 1.0]


def test_pool_limits_the_initial_objects(state):
    method = _method(pool=7, initial=None)
    state = method.tell(state, generator_for(1))
    assert len(state.memory["training"]) == 7
    assert not np.isin(
        state.memory["training"].numpy(), np.flatnonzero(state.task.validation)
    ).any()


# the newest 4 of the training set of 20 are held out; CEM-PI weighs the best 2
BEST = replace(TRAINING, keep="best")
BEST_OLD = np.array([18.0, 19.0, *range(18)])


def _with_scores(state, y):
    task = replace(state.task, y=y, validation=np.zeros(20, dtype=bool))
    return replace(state, task=task)


def test_newest_objects_without_weight_validate_alike(state):
    state = _with_scores(state, BEST_OLD)
    method = _method(weighting=CrossEntropyMethod(0.9), newest_validate=0.2, initial=BEST)
    _, weights, held, held_weights = method._split(state, BEST, torch.Generator())
    assert weights.tolist() == [1.0, 1.0] + [0.0] * 14
    assert len(held) == 4
    assert held_weights is None
    trained = _run(method, state, 1).model
    assert trained.scale != state.model.scale


def test_weight_on_the_newest_objects_alone_leaves_the_model(state, caplog):
    state = _with_scores(state, BEST_OLD[::-1].copy())
    caplog.set_level("INFO")
    method = _method(weighting=CrossEntropyMethod(0.9), newest_validate=0.2, initial=BEST)
    final = _run(method, state, 3)
    assert torch.equal(final.model.scale, state.model.scale)
    assert "no retraining: all 16 training weights are 0" in caplog.messages


@pytest.mark.parametrize("settings", [TRAINING, BEST])
def test_weights_that_all_vanish_leave_the_model(settings, state, caplog):
    class Zero:
        def __call__(self, y):
            return np.zeros(len(y))

    caplog.set_level("INFO")
    method = _method(weighting=Zero(), initial=settings, retraining=settings)
    final = _run(method, state, 9)
    assert torch.equal(final.model.scale, state.model.scale)
    assert [message[:13] for message in caplog.messages] == ["no retraining"] * 3


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"period": 0}, "period must be >= 1"),
        ({"retraining": None}, "needs the setting 'retraining'"),
        ({"replace_quantile": 1.0}, "replace_quantile must be"),
        ({"pool": 0}, "pool must be >= 1"),
        ({"newest_validate": 1.0}, "newest_validate must be"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        _method(**settings)


def test_other_weightings_drive_the_same_loop(state):
    final = _run(_method(weighting=CrossEntropyMethod(0.8)), state, 8)
    assert final.model.scale > state.model.scale
