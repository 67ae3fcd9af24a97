import logging
import subprocess
import sys

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from lso.geometry.jacobian import (
    axes,
    chunk_sizes,
    difference,
    jacobian,
    linearise,
    sample_rows,
    singular_directions,
    sketch_rows,
)

KINDS = ["relu", "gru", "lstm", "attention"]


def by_reverse_mode(decoder, z):
    return torch.stack([torch.func.jacrev(lambda x: decoder(x[None])[0])(point) for point in z])


class NoForwardMode(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx, gradient):
        return gradient * ctx.saved_tensors[0].cos()


class Sine(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(4, 6).double()

    def forward(self, z):
        return NoForwardMode.apply(self.layer(z)).unflatten(1, (2, 3))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("memory_budget", [1, 20_000, 2**30])
def test_equals_reverse_mode_whatever_the_chunks(make_decoder, z, kind, memory_budget):
    decoder = make_decoder(kind)
    outputs, result = jacobian(decoder, z, memory_budget)
    torch.testing.assert_close(outputs, decoder(z).detach())
    torch.testing.assert_close(result, by_reverse_mode(decoder, z), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("kind", KINDS)
def test_outputs_and_slope_are_differentiable(make_decoder, z, kind):
    decoder = make_decoder(kind)
    point = z.clone().requires_grad_()
    _, slope = linearise(decoder, point, axes(z))
    weights = torch.randn(slope.shape, generator=torch.Generator().manual_seed(1)).double()
    (gradient,) = torch.autograd.grad(slope, point, weights)
    for k in range(z.shape[1]):
        step = 1e-6 * axes(z)[k]
        up, down = (jacobian(decoder, x)[1] for x in (z + step, z - step))
        expected = ((up - down) / 2e-6 * weights).flatten(1).sum(1)
        torch.testing.assert_close(gradient[:, k], expected, rtol=1e-6, atol=1e-8)


def test_layer_without_forward_mode_is_reversed_with_a_warning(z, caplog):
    decoder = Sine()
    with caplog.at_level(logging.WARNING):
        outputs, result = jacobian(decoder, z)
    assert "forward mode" in caplog.text
    torch.testing.assert_close(outputs, decoder(z).detach())
    torch.testing.assert_close(result, by_reverse_mode(_plain(decoder), z))


def test_reversed_slope_is_differentiable(z):
    decoder = Sine()
    point = z.clone().requires_grad_()
    gradients = [
        torch.autograd.grad(linearise(f, point, axes(z))[1].square().sum(), point)[0]
        for f in (decoder, _plain(decoder))
    ]
    torch.testing.assert_close(*gradients)


def _plain(decoder):
    return lambda x: decoder.layer(x).sin().unflatten(1, (2, 3))


def test_pixels(z):
    decoder = nn.Sequential(
        nn.Linear(4, 8), nn.Unflatten(1, (2, 2, 2)), nn.ConvTranspose2d(2, 1, 2, 2), nn.Flatten(1)
    ).double()
    assert jacobian(decoder, z)[1].shape == (3, 16, 4)


def test_difference_approximates(make_decoder, z):
    decoder = make_decoder("gru")
    outputs, slope = difference(decoder, z, 1e-6)
    torch.testing.assert_close(outputs, decoder(z))
    torch.testing.assert_close(slope, jacobian(decoder, z)[1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("draw", [sample_rows, sketch_rows])
def test_random_rows_are_unbiased(make_decoder, z, generator, draw):
    decoder = make_decoder("relu")
    exact = jacobian(decoder, z)[1].flatten(1, 2)
    expected = exact.mT @ exact
    draws = [draw(decoder, z, 10, generator) for _ in range(400)]
    assert draws[0].shape == (3, 10, 4)
    mean = torch.stack([rows.mT @ rows for rows in draws]).mean(0)
    assert torch.linalg.matrix_norm(mean - expected).max() < 0.1 * expected.norm()


def test_all_rows_are_the_jacobian(make_decoder, z, generator):
    decoder = make_decoder("gru")
    exact, _ = singular_directions(jacobian(decoder, z)[1].flatten(1, 2))
    drawn, _ = singular_directions(sample_rows(decoder, z, 30, generator))
    torch.testing.assert_close(drawn, exact)


@pytest.mark.parametrize("m", [3, 9])
def test_singular_directions_rebuild_the_gram_matrix(generator, m):
    matrix = torch.randn(2, m, 4, generator=generator, dtype=torch.float64)
    values, directions = singular_directions(matrix)
    assert values.shape == (2, min(m, 4))
    rebuilt = directions.mT @ (values[..., None] ** 2 * directions)
    torch.testing.assert_close(rebuilt, matrix.mT @ matrix)


def test_chunks_fill_the_budget():
    assert chunk_sizes(1000, 9, 10**9)[1] == 9
    assert chunk_sizes(1000, 9, 50_000) == (5, 9)  # 50 rows of 1000 bytes
    assert chunk_sizes(1000, 9, 5_000) == (1, 4)
    assert chunk_sizes(1000, 9, 1) == (1, 1)
    assert chunk_sizes(1000, 9, 50_000, is_taped=True) == (1, 9)


def test_failing_decoder_is_a_value_error(make_decoder):
    with pytest.raises(ValueError, match="the decoder fails on z of shape"):
        jacobian(make_decoder("gru"), torch.zeros(2, 7, dtype=torch.float64))


@pytest.mark.parametrize("norm", [nn.LayerNorm(6), nn.InstanceNorm1d(5, affine=True)])
def test_slope_of_a_normalisation_is_differentiated_rightly(z, norm):
    # torch's own forward-mode rule drops second-order terms here
    layer = nn.Linear(4, 30).double()
    decoder = nn.Sequential(layer, nn.Tanh(), nn.Unflatten(1, (5, 6)), norm.double())
    point = z.clone().requires_grad_()
    gradients = [
        torch.autograd.grad(slope.pow(3).sum(), point)[0]
        for slope in (linearise(decoder, point, axes(z))[1], by_reverse_mode(decoder, point))
    ]
    torch.testing.assert_close(*gradients)


class Conditional(nn.Module):
    """A layer whose weights depend on the latent."""

    def __init__(self, layer):
        super().__init__()
        self.enter = nn.Linear(4, 30).double()
        self.weight, self.bias = nn.Linear(4, 5).double(), nn.Linear(4, 5).double()
        self.layer = layer

    def forward(self, z):
        x = self.enter(z).tanh().unflatten(1, (5, 6))
        weights = zip(x, self.weight(z), self.bias(z), strict=True)
        return torch.stack([self.layer(x[None], w, b)[0] for x, w, b in weights])


@pytest.mark.parametrize(
    "layer",
    [
        lambda x, w, b: F.layer_norm(x.mT, [5], w, b),
        lambda x, w, b: torch.layer_norm(x.mT, [5], w, b),
        lambda x, w, b: F.instance_norm(x, weight=w, bias=b),
        lambda x, w, b: F.linear(x.mT, torch.outer(w, b), b),
        lambda x, w, b: F.batch_norm(x, torch.zeros(5).to(x), torch.ones(5).to(x), w, b),
    ],
)
def test_weights_that_depend_on_the_latent_count(z, layer):
    decoder = Conditional(layer)
    point = z.clone().requires_grad_()
    torch.testing.assert_close(linearise(decoder, z, axes(z))[1], by_reverse_mode(decoder, z))
    # of normalisations torch's own reverse mode, done twice, is wrong here
    assert torch.autograd.gradcheck(lambda z: linearise(decoder, z, axes(z))[1], point)


def test_a_vmap_inside_the_decoder_keeps_forward_mode(z, caplog):
    decoder = torch.vmap(lambda point: point * torch.ones(4).double() + point.sin())
    torch.testing.assert_close(linearise(decoder, z, axes(z))[1], by_reverse_mode(decoder, z))
    assert not caplog.records


def test_slope_of_a_batch_normalisation(z):
    norm = nn.BatchNorm1d(4).double()
    norm(torch.randn(50, 4, dtype=torch.float64) * 3 + 1)  # statistics other than 0 and 1
    norm.eval()
    nn.init.uniform_(norm.weight)
    decoder = nn.Sequential(norm, nn.Tanh())
    torch.testing.assert_close(linearise(decoder, z, axes(z))[1], by_reverse_mode(decoder, z))


@pytest.mark.parametrize(
    "product",
    [
        lambda z, one: torch.addmm(z, z.sin(), one),
        lambda z, one: torch.addmm(one[0], z.sin(), one),  # a bias is a constant
        lambda z, one: torch.addmm(z, one[:1].expand_as(z), one),
        lambda z, one: torch.addmm(z, z.sin(), torch.outer(z[0], z[1]).cos()),
        lambda z, one: torch.addmm(one[:3], one[:3], torch.outer(z[0], z[1]).cos()),
        lambda z, one: torch.addmm(z, z.sin(), one, beta=0.5, alpha=3),
        lambda z, one: torch.addmm(one[0], z.sin(), one, beta=0.5, alpha=3),
        lambda z, one: torch.addmm(z[0], one[:1].expand_as(z), one, beta=0.5),
    ],
)
def test_slope_of_a_product_with_a_constant(z, product):
    weight = torch.randn(4, 4, dtype=torch.float64)
    point = z.clone().requires_grad_()

    def decoder(z):
        return product(z, weight).square()

    directions = axes(z)
    exact = torch.func.jacrev(decoder)(z).sum(2)  # every latent moves along the axis
    torch.testing.assert_close(linearise(decoder, z, directions)[1], exact)
    assert torch.autograd.gradcheck(lambda z: linearise(decoder, z, directions)[1], point)


def test_constants_do_not_load_the_compiler_of_torch():
    """Which takes two seconds in every process that needs a Jacobian."""
    code = """
import sys, torch
from lso.geometry.jacobian import axes, linearise
one = torch.ones(3)
decoder = lambda z: torch.lerp(torch.addmm(z + one, one * z, torch.ones(3, 3)) - one, one, z)
z = torch.zeros(2, 3)
linearise(decoder, z, axes(z))
sys.exit("torch._dynamo" in sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)
