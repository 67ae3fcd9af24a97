"""Methods that offer lines: one contract for all, and what is particular to each."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lso.geometry.spectrum import spectrum
from lso.interfaces import State, Task
from lso.methods._answers import line_in
from lso.methods.hybrid_subspace_search import HybridSubspaceSearch
from lso.methods.local_ascent import LocalAscent
from lso.methods.random_line import RandomLine
from lso.methods.sequential_line_search import SequentialLineSearch
from lso.methods.subspace_search import SubspaceSearch
from lso.models.quadratic_forms import QuadraticForms
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.optimisation import generator_for, optimise
from lso.representations.float_vector import FloatVector
from lso.surrogates.preference import Preference
from lso.users.hill_climber import HillClimber
from lso.users.line_oracle import LineOracle
from lso.users.simulated_user import SimulatedUser

M = 32
QUICK = {"user": LineOracle(201)}
FAITHFUL = {"refresh": "moved", "patience": 0, "complement": False}
SLS = {"surrogate": Preference(iterations=0)}
EVERY_METHOD = {
    "subspace": SubspaceSearch(**QUICK),
    "faithful": SubspaceSearch(**QUICK, **FAITHFUL),
    "rows": SubspaceSearch(**QUICK, jacobian="rows", rows=4),
    "sketch": SubspaceSearch(**QUICK, jacobian="sketch", rows=4),
    "local": SubspaceSearch(user=HillClimber(201)),
    "random": RandomLine(**QUICK),
    "positive": RandomLine(**QUICK, positive=True),
    "sls": SequentialLineSearch(**QUICK, **SLS),
    "rembo": SequentialLineSearch(**QUICK, **SLS, embedding_dim=6),
    "hybrid": HybridSubspaceSearch(**QUICK, **SLS, period=3),
    "gradient": LocalAscent("gradient"),
    "singular": LocalAscent("singular"),
}
EVERY = pytest.mark.parametrize("method", EVERY_METHOD.values(), ids=EVERY_METHOD)
LINES = pytest.mark.parametrize(
    "method", list(EVERY_METHOD.values())[:-2], ids=list(EVERY_METHOD)[:-2]
)


def problem(ripple: float = 0.0, d: int = 8, **settings) -> State:
    model = QuadraticForms(FloatVector(M), d, 3, **settings)
    objective = RastriginGoodness(3, M, ripple)
    return State.initial(Task([], np.empty(0), np.empty(0, dtype=bool), objective), model)


def run(method, state: State, queries: int, seed: int = 0) -> State:
    *_, (state, _) = optimise(method, state, queries, queries, seed)
    return state


@EVERY
def test_resumed_run_is_the_same_and_memory_is_all_it_needs(method):
    whole = run(method, problem(), 6)
    half = run(method, problem(), 3)
    memory = {name: tensor.clone() for name, tensor in half.memory.items()}
    resumed = run(method, replace(half, memory=memory, model=problem().model), 6)
    assert torch.equal(whole.z, resumed.z)
    assert torch.equal(whole.y, resumed.y)
    assert method.queries_per_round == 1


@LINES
def test_first_query_is_the_start_and_shown_is_recorded(method):
    state = run(method, problem(), 4)
    assert torch.allclose(state.z[0], state.model.start_point)
    assert state.memory["shown"].tolist() == [0, 201, 201, 201]


@pytest.mark.parametrize("name", ["subspace", "faithful", "rows", "local", "random", "positive"])
def test_a_line_through_the_current_point_never_makes_it_worse(name):
    y = run(EVERY_METHOD[name], problem(ripple=2.0), 15).y
    assert (y[1:] >= y[:-1] - 1e-9 * y[0].abs()).all()


@EVERY
def test_the_bowl_is_descended(method):
    y = run(method, problem(), 10).y
    assert y.max() > y[0]


def test_singular_vectors_beat_random_lines_where_the_answer_leaks():
    ours = run(SubspaceSearch(**QUICK), problem(ripple=2.0, d=16), 40).y.max()
    theirs = run(RandomLine(**QUICK), problem(ripple=2.0, d=16), 40).y.max()
    assert ours > 0.5 * theirs


def test_unmoved_centre_keeps_the_jacobian_until_all_directions_were_offered():
    class Stays:
        def choose(self, slider, generator):
            return LineOracle(3).choose(replace(slider, look=lambda t: -abs(t - 0.5)), generator)

    method = SubspaceSearch(user=Stays())
    state, offered = run(method, problem(), 1), []
    for n in range(1, 9):
        state = run(method, state, n + 1)
        offered.append(state.memory["line_direction"])
    assert torch.allclose(torch.stack(offered) @ torch.stack(offered).T, torch.eye(8).double())
    assert int(state.memory["renewals"]) == 1
    assert not state.memory["unused"].any()


@pytest.mark.parametrize(("settings", "renewed"), [({}, True), (FAITHFUL, False)])
def test_drift_within_the_tolerance_renews_only_in_the_corrected_variant(settings, renewed):
    class Drifts:
        def choose(self, slider, generator):
            choice = LineOracle(3).choose(slider, generator)
            return replace(choice, position=0.54)

    state = run(SubspaceSearch(user=Drifts(), **settings), problem(), 7)
    assert (int(state.memory["renewals"]) > 1) == renewed


def test_person_stays_within_tolerance_and_the_centre_stays_too():
    class Drifts:
        def choose(self, slider, generator):
            return replace(LineOracle(3).choose(slider, generator), position=0.54)

    state = run(SubspaceSearch(user=Drifts(), recentre="moved"), problem(), 4)
    assert torch.equal(state.memory["centre"], state.model.start_point)


def test_a_person_can_choose_instead_of_the_user():
    method, state = SubspaceSearch(**QUICK), run(SubspaceSearch(**QUICK), problem(), 1)
    state = method.advance(state, generator_for(0, 1))
    z = line_in(state).points(np.array([0.8]))
    x = state.model.decode(z, torch.Generator())
    state = method.advance(state.append(z, x, state.task.score(x)), generator_for(0, 2))
    assert torch.equal(line_in(state).centre, z[0])


def test_stochastic_spectra_are_unbiased():
    model, g = problem().model, torch.Generator().manual_seed(0)
    exact = model.jacobian(model.start_point)
    gram = exact.T @ exact
    for kind in ("rows", "sketch"):
        mean = torch.zeros_like(gram)
        for _ in range(100):
            values, directions = spectrum(model, model.start_point, kind, 10, g)
            mean += directions.T @ torch.diag(values**2) @ directions / 100
        assert torch.linalg.norm(mean - gram) < 0.25 * torch.linalg.norm(gram)


def test_constant_and_undefined_decoders(caplog):
    class Constant(torch.nn.Module):
        def logits(self, z):
            return torch.zeros(len(z), 5, dtype=z.dtype)

    class Undefined(torch.nn.Module):
        def jacobian(self, z):
            return torch.full((5, 3), torch.nan)

    start, g = torch.zeros(3).double(), torch.Generator()
    values, directions = spectrum(Constant(), start, "exact", 5, g)
    assert (values == 0).all()
    assert torch.allclose(directions @ directions.T, torch.eye(3).double())
    assert "does not react" in caplog.text
    with pytest.raises(ValueError, match="not finite"):
        spectrum(Undefined(), start, "exact", 5, g)


def test_stopped_user_changes_nothing_any_more():
    user = SimulatedUser(patience=1, inertia=10.0)
    state = run(RandomLine(user=user), problem(), 6)
    assert state.memory["shown"].tolist()[-2:] == [0, 0]
    assert torch.equal(state.z[-1], state.z[0])


def test_rembo_stays_in_its_embedding():
    state = run(EVERY_METHOD["rembo"], problem(), 6)
    embedding = state.memory["embedding"]
    projected = (embedding @ torch.linalg.pinv(embedding) @ state.z.T).T
    assert torch.allclose(projected, state.z, atol=1e-9)


def test_hybrid_stays_in_one_subspace_for_a_period():
    state = run(EVERY_METHOD["hybrid"], problem(d=12), 4)
    moves = state.z[1:] - state.z[0]
    axes = state.memory["axes"]
    assert torch.allclose(moves @ axes.T @ axes, moves, atol=1e-9)


@pytest.mark.parametrize("method", [SubspaceSearch, RandomLine, HybridSubspaceSearch])
def test_wrong_settings_are_told(method):
    with pytest.raises(ValueError, match="share must be > 0"):
        method(share=0.0)
    with pytest.raises(ValueError, match="tolerance"):
        SubspaceSearch(tolerance=0.5)
    with pytest.raises(ValueError, match="half_width"):
        SequentialLineSearch(half_width=-1.0)
