"""Methods inside methods: line searches with a budget and a limit, retraining around them."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from safetensors.torch import load, save

from lso.interfaces import Task
from lso.latent_scores import Prior
from lso.methods._answers import line_in
from lso.methods._line import start_of
from lso.methods.bayesian_optimisation import BayesianOptimisation
from lso.methods.hybrid_subspace_search import HybridSubspaceSearch
from lso.methods.random_line import RandomLine
from lso.methods.sequential_line_search import SequentialLineSearch
from lso.methods.subspace_search import SubspaceSearch
from lso.methods.weighted_retraining import WeightedRetraining
from lso.optimisation import optimise
from lso.score_terms import Limit, Penalty
from lso.surrogates.preference import Preference
from lso.surrogates.sparse_gaussian_process import SparseGaussianProcess
from lso.training_settings import TrainingSettings
from lso.users.evaluate_positions import EvaluatePositions
from lso.users.line_oracle import LineOracle
from lso.weighting import Rank

SLS = {"surrogate": Preference(iterations=0)}
USER = EvaluatePositions(4)
LINES = {
    "subspace": SubspaceSearch(user=USER),
    "random": RandomLine(user=USER),
    "sls": SequentialLineSearch(user=USER, **SLS),
    "hybrid": HybridSubspaceSearch(user=USER, dimensions=2, period=3, **SLS),
}
EVERY_LINE = pytest.mark.parametrize("method", LINES.values(), ids=LINES)


def run(method, state, stop, budget=50):
    *_, (last, _) = optimise(method, state, budget=budget, stop=stop, seed=3)
    return last


def written(memory):
    """The memory as a file brings it back."""
    return load(save({name: tensor.clone().contiguous() for name, tensor in memory.items()}))


@dataclass
class Counting:
    objective: object
    calls: int = 0

    def __call__(self, objects):
        self.calls += len(objects)
        return self.objective(objects)


@EVERY_LINE
def test_every_look_is_a_query(method, state):
    counting = Counting(state.task.objective)
    task = Task(state.task.x, state.task.y, state.task.validation, counting)
    last = run(method, replace(state, task=task), 13)
    assert counting.calls == sum(item is not None for item in last.x)
    assert len(last.y) == 13  # the start and three lines of four
    assert method.queries_per_round == 4
    assert last.memory["shown"].tolist() == [0, 4, 4, 4]


@EVERY_LINE
def test_splitting_changes_nothing(method, state):
    whole = run(method, state, 13)
    for stop in (1, 9):
        half = run(method, state, stop)
        resumed = run(method, replace(half, memory=written(half.memory)), 13)
        assert torch.equal(whole.z, resumed.z)


@pytest.mark.parametrize("name", ["subspace", "random"])
def test_the_search_goes_on_from_the_best_position_or_stays(name, state):
    for lines in range(1, 5):
        last = LINES[name].tell(run(LINES[name], state, 1 + 4 * lines), torch.Generator())
        best = last.z[last.y.nan_to_num(nan=-np.inf).argmax()]
        assert torch.allclose(line_in(last).centre, best, atol=1e-9)


@pytest.mark.parametrize("settings", [{"user": USER}, {"user": LineOracle(21)}])
def test_lines_end_where_a_score_leaves_the_data(settings, state):
    limit = Limit(Prior(), quantile=0.2)
    method = SubspaceSearch(half_length=20.0, limit=limit, **settings)
    for queries in (1, 5, 9):
        before = run(method, state, queries)
        told = method.tell(before, torch.Generator().manual_seed(0))
        line, least = line_in(told), float(told.memory["limit"])
        z = line.points(np.array([0.0, line.handle, 1.0]))
        scores = -z.square().sum(1)
        assert (scores >= min(least, float(scores[1])) - 1e-9).all()
        assert line.half_length < 20
        free = SubspaceSearch(half_length=20.0, **settings).tell(before, torch.Generator())
        assert line_in(free).half_length == 20


def test_a_limit_that_nothing_breaks_changes_nothing(state):
    free, limited = SubspaceSearch(user=USER), SubspaceSearch(user=USER, limit=Limit(Flat()))
    first, second = (run(method, state, 1) for method in (free, limited))
    generators = [torch.Generator().manual_seed(0) for _ in range(2)]
    lines = [
        line_in(method.tell(told, generator))
        for method, told, generator in zip(
            (free, limited),
            (first, first.remember(**second.memory)),
            generators,
            strict=True,
        )
    ]
    assert torch.equal(lines[0].direction, lines[1].direction)
    assert lines[0].handle == lines[1].handle == 0.5


class Flat(Prior):
    def bind(self, model, reference, generator):
        return lambda z: z.sum(1) * 0


class Stretched(torch.nn.Module):
    """Objects are latent points times a scale, which training moves towards 3."""

    latent_dim = 2

    def __init__(self, representation):
        super().__init__()
        self.representation = representation
        self.scale = torch.nn.Parameter(torch.ones(()))

    def logits(self, z):
        return z * self.scale

    def decode(self, z, generator):
        points = (z * self.scale.double()).tolist()
        return [" ".join(repr(value) for value in point) for point in points]

    def encode(self, objects):
        arrays = torch.tensor(self.representation.arrays(objects)).double()
        return arrays / self.scale.detach().double()

    def loss(self, batch, beta, generator):
        loss = (self.scale - 3).square().expand(len(batch))
        return {"loss": loss, "reconstruction": loss, "kl": torch.zeros_like(loss)}


BAYESIAN = BayesianOptimisation(
    surrogate=SparseGaussianProcess(
        inducing_points=10, first_stage_steps=5, second_stage_steps=5, refit_steps=2
    ),
    best_points=20,
    random_points=0,
    prior_starts=1,
    good_starts=1,
    penalty=Penalty(Prior()),
)
TRAINING = TrainingSettings(epochs=1.0, batch_size=10, learning_rate=0.1)
INNER = {
    "sliders": SubspaceSearch(user=USER),
    "limited": SubspaceSearch(user=USER, limit=Limit(Prior())),
    "looking": RandomLine(user=LineOracle(11)),
    "penalised": BAYESIAN,
}


@pytest.mark.parametrize("inner", INNER.values(), ids=INNER)
def test_retraining_around_any_method(inner, state):
    state = replace(state, model=Stretched(state.model.representation))
    method = WeightedRetraining(
        inner, weighting=Rank(1e-3), period=5, retraining=TRAINING, penalty=Penalty(Prior())
    )
    whole = run(method, state, 7)
    assert whole.model.scale > 1.1
    half = run(method, state, 6)
    resumed = run(method, replace(half, memory=written(half.memory)), 7)
    assert torch.equal(whole.z, resumed.z)


@pytest.mark.parametrize("name", ["sliders", "looking"])
def test_a_search_goes_on_from_the_encoding_of_its_best_object(name, state):
    state = replace(state, model=Stretched(state.model.representation))
    method = WeightedRetraining(INNER[name], Rank(1e-3), period=5, retraining=TRAINING)
    after = run(method, state, 6)
    best = int(after.y[:5].argmax())
    assert not torch.allclose(after.z[5], after.z[best])
    assert float(after.y[5]) == pytest.approx(float(after.y[best]), rel=1e-5)


def test_where_the_model_is_as_it_was_the_start_is_the_point_itself(state):
    last = run(INNER["sliders"], state, 5)
    best = last.z[last.y.nan_to_num(nan=-np.inf).argmax()]
    assert torch.equal(start_of(last, torch.Generator()), best)


def test_weights_see_a_latent_score(state):
    x, y = state.task.x[:20], np.zeros(20) + 1e-6 * np.arange(20)
    generator = torch.Generator()
    plain = WeightedRetraining(BAYESIAN, Rank(1e-3))._weigh(state, x, y, generator)
    method = WeightedRetraining(BAYESIAN, Rank(1e-3), penalty=Penalty(Prior(), weight=1e6))
    weights = method._weigh(state, x, y, generator)
    norms = state.model.encode(x).norm(dim=1).numpy()
    assert plain.argmax() == 19
    assert (np.argsort(-weights) == np.argsort(norms)).all()


def test_bad_settings():
    with pytest.raises(ValueError, match="even and >= 2, came 3"):
        EvaluatePositions(3)
    with pytest.raises(ValueError, match="needs the setting 'weighting'"):
        WeightedRetraining(BAYESIAN, penalty=Penalty(Prior()))
