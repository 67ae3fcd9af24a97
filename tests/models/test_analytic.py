"""Untrained decoders: shortcuts against direct evaluation, Jacobians against autodiff."""

import numpy as np
import pytest
import torch

from lso.geometry.jacobian import difference, jacobian
from lso.models.quadratic_forms import QuadraticForms
from lso.models.random_network import RandomNetwork
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.representations.float_vector import FloatVector

M = 40
ROTATIONS = ["dense", "householder", "shared"]
MODELS = [
    *(QuadraticForms(FloatVector(M), 7, 3, rotations=name) for name in ROTATIONS),
    QuadraticForms(FloatVector(M), 7, 3, jacobian_of="roots"),
    RandomNetwork(FloatVector(M), 7, 3),
]
EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=[*ROTATIONS, "roots", "network"])


def point(d: int = 7, seed: int = 0) -> torch.Tensor:
    return torch.randn(d, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def unit(d: int = 7) -> torch.Tensor:
    return torch.nn.functional.normalize(point(d, 1), dim=0)


@EVERY_MODEL
def test_line_shortcut_equals_direct_evaluation(model):
    s = torch.linspace(-2, 2, 101, dtype=torch.float64)
    short = model.along_line(point(), unit())(s)
    direct = model.outputs(point() + s[:, None] * unit())
    assert (short - direct).abs().max() < 1e-12
    goodness = RastriginGoodness(3, M)
    assert goodness.of_outputs(short).argmax() == goodness.of_outputs(direct).argmax()


@EVERY_MODEL
def test_closed_form_jacobian_equals_autodiff_and_differences(model):
    exact = jacobian(model.logits, point()[None])[1][0]
    assert torch.allclose(model.jacobian(point()), exact, atol=1e-9)
    numeric = difference(model.logits, point()[None], 1e-6)[1][0]
    assert torch.allclose(exact, numeric, atol=1e-3)


@EVERY_MODEL
def test_goodness_is_zero_at_the_optimum_and_less_elsewhere(model):
    z = torch.stack([model.optimum, point(), model.start_point])
    y = RastriginGoodness(3, M)(model.decode(z, torch.Generator()))
    assert y[0] == pytest.approx(0, abs=1e-9)
    assert (y[1:] < 0).all()


@EVERY_MODEL
def test_prior_fills_the_box_and_nothing_is_stored(model):
    z = model.sample_prior(500, torch.Generator().manual_seed(0))
    assert z.abs().max() <= 2.5
    assert z.std() == pytest.approx(2.5 / 3**0.5, rel=0.05)
    assert model.state_dict() == {}
    with pytest.raises(NotImplementedError, match="cannot encode"):
        model.encode([])


def test_published_case_comes_out_of_its_seed():
    # start scores and distances of the authors' released code, run on the seeds of these cases
    for case, distance, score in ((0, 5.2286, -136397.52), (1, 5.8051, -156038.11)):
        model = QuadraticForms(FloatVector(1024), 8, 800 + case)
        y = RastriginGoodness(800 + case)(model.decode(model.start_point[None], torch.Generator()))
        assert y[0] == pytest.approx(score, abs=0.01)
        assert torch.linalg.vector_norm(model.start_point - model.optimum) == pytest.approx(
            distance, abs=1e-4
        )


@pytest.mark.parametrize(("rotations", "leaks"), [("dense", True), ("shared", False)])
def test_leading_singular_vector_leaks_only_with_independent_rotations(rotations, leaks):
    model = QuadraticForms(FloatVector(256), 16, 0, rotations=rotations)
    v = torch.linalg.svd(model.jacobian(model.start_point)).Vh[0]
    way = torch.nn.functional.normalize(model.optimum - model.start_point, dim=0)
    assert (abs(float(v @ way)) > 0.99) == leaks


def test_float32_stack_stays_close():
    exact, short = (
        QuadraticForms(FloatVector(M), 7, 3, precision=name) for name in ("float64", "float32")
    )
    assert torch.allclose(exact.outputs(point()[None]), short.outputs(point()[None]), rtol=1e-5)


def test_vectors_survive_as_bytes():
    representation = FloatVector(3)
    values = np.array([[1.0, -2.5, 1e-300], [np.nan, 0.0, 0.0]])
    first, second = representation.objects(values)
    assert second is None
    assert np.array_equal(representation.arrays([first]), values[:1])
    with pytest.raises(ValueError, match="24 bytes"):
        representation.arrays([b"short"])
    assert np.isnan(RastriginGoodness(0, 3)([b"short", "text"])).all()


def test_wrong_settings_are_told():
    with pytest.raises(ValueError, match="half_width"):
        QuadraticForms(FloatVector(M), 7, 3, half_width=0.0)
    with pytest.raises(ValueError, match="gain"):
        RandomNetwork(FloatVector(M), 7, 3, gain=0.0)
    with pytest.raises(ValueError, match="ripple"):
        RastriginGoodness(0, ripple=-1.0)
