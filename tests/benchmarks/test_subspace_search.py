"""Speed of lines through the synthetic decoder: the exact shortcut, and the dense way beside it."""

import resource
import time

import numpy as np
import pytest
import torch

from lso.geometry.spectrum import spectrum
from lso.geometry.subspace import Line
from lso.interfaces import State, Task
from lso.methods._line import look_along
from lso.methods.subspace_search import SubspaceSearch
from lso.models.image_generator import ImageGenerator
from lso.models.quadratic_forms import QuadraticForms
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.optimisation import optimise
from lso.representations.float_vector import FloatVector
from lso.representations.grey_image import GreyImage
from lso.users.line_oracle import LineOracle

POSITIONS = 10001


def problem(d: int, **settings) -> State:
    task = Task([], np.empty(0), np.empty(0, dtype=bool), RastriginGoodness(0))
    return State.initial(task, QuadraticForms(FloatVector(1024), d, 0, **settings))


def line(state: State) -> Line:
    d = state.model.latent_dim
    return Line(state.model.start_point, torch.full((d,), d**-0.5, dtype=torch.float64), 2.0)


@pytest.mark.parametrize("d", [8, 32, 128])
def test_shortcut(benchmark, d):
    state, g = problem(d), torch.Generator()
    look = lambda: look_along(state, line(state), g)(np.linspace(0, 1, POSITIONS))  # noqa: E731
    benchmark(look)


@pytest.mark.parametrize("d", [8, 32])
def test_dense_way(benchmark, d):
    """One batch of 500 of the 10,001 positions: the official evaluation takes 20 such batches."""
    state = problem(d)
    points = line(state).points(np.linspace(0, 1, POSITIONS)[:500]) - state.model.optimum
    stack = state.model.forms.stack

    def evaluate():
        return torch.einsum("mnd,nd->nm", points @ stack, points)

    direct = benchmark(evaluate)
    assert direct[:3] == pytest.approx(state.model.forms.values(points[:3]), rel=1e-9)


@pytest.mark.benchmark(timer=time.process_time)  # of all threads: other load does not count
@pytest.mark.parametrize(
    "settings",
    [{"rotations": "householder"}, {"rotations": "dense", "precision": "float32"}],
    ids=["householder", "float32"],
)
def test_largest_dimension(benchmark, settings):
    """200 sliders take at most 60 s, in at most 3 GB."""
    state = problem(512, **settings)
    method = SubspaceSearch(user=LineOracle(POSITIONS))

    def search():
        return list(optimise(method, state, 21, 21, seed=0))

    benchmark.pedantic(search, rounds=1)
    assert benchmark.stats["min"] / 20 * 200 < 60
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 3 * 2**20  # KiB


def test_spectrum_of_the_image_generator(benchmark):
    """Jacobian and singular vectors of the published size take at most 50 ms."""
    model = ImageGenerator(GreyImage(28), latent_dim=64, channels=64).eval()
    centre = torch.randn(64, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    benchmark(spectrum, model, centre, "exact", 0, torch.Generator())
    assert benchmark.stats["min"] < 0.05
