"""What every variational autoencoder promises."""

import copy

import numpy as np
import pytest
import torch
from torch.func import jacfwd, jacrev, jvp, vmap

from lso.models.autoregressive import Autoregressive
from lso.models.convolutional import Convolutional
from lso.models.grammar import Grammar
from lso.models.image_generator import ImageGenerator
from lso.models.recurrent import Recurrent
from lso.models.transformer import Transformer
from lso.representations.binary_image import BinaryImage
from lso.representations.grammar import Grammar as Productions
from lso.representations.grey_image import GreyImage
from lso.representations.tokens import Tokens

EXPRESSIONS = ["1/3+x+sin(x*x)", "x*x", "exp(x)+2", "(x+1)*3", "x+sin(3)"]
TOKENS = Tokens(language="expression", length=15).fit(EXPRESSIONS)


def images():
    pixels = np.zeros((5, 64, 64), np.uint8)
    for i in range(5):
        pixels[i, i : 2 * i + 3, 32 : 35 + i] = 1
    return BinaryImage(64).objects(pixels)


def grey_images():
    levels = np.zeros((5, 28, 28), np.uint8)
    for i in range(5):
        levels[i, 4 * i : 4 * i + 8, 10:20] = 60 + 40 * i
    return GreyImage(28).objects(levels)


CASES = {
    "convolutional": lambda seed=0: Convolutional(BinaryImage(64), seed=seed),
    "image generator": lambda seed=0: ImageGenerator(GreyImage(28), 4, channels=2, seed=seed),
    "grammar": lambda seed=0: Grammar(Productions(15), latent_dim=4, seed=seed),
    "gru": lambda seed=0: Recurrent(TOKENS, latent_dim=4, seed=seed),
    "lstm": lambda seed=0: Recurrent(
        TOKENS, latent_dim=4, cell="lstm", teacher_forcing=True, seed=seed
    ),
    "autoregressive": lambda seed=0: Autoregressive(
        TOKENS, latent_dim=4, size="small", width=16, seed=seed
    ),
    "transformer": lambda seed=0: Transformer(TOKENS, latent_dim=4, feedforward=16, seed=seed),
}


@pytest.fixture(params=CASES)
def name(request):
    return request.param


@pytest.fixture
def model(name):
    return CASES[name]()


@pytest.fixture
def objects(name):
    own = {"convolutional": images, "image generator": grey_images}
    return own.get(name, lambda: EXPRESSIONS)()


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def points(model, n, dtype=torch.float64):
    return torch.randn(n, model.latent_dim, generator=generator(), dtype=dtype)


def test_encoding_is_double_and_without_noise(model, objects):
    z = model.encode(objects)
    assert z.shape == (len(objects), model.latent_dim)
    assert z.dtype == torch.float64
    assert torch.equal(z, model.encode(objects))
    one_by_one = torch.cat([model.encode([item]) for item in objects])
    torch.testing.assert_close(z, one_by_one, rtol=1e-4, atol=1e-5)
    assert model.encode([]).shape == (0, model.latent_dim)


def test_decoding_depends_on_point_and_generator_only(model):
    z = points(model, 6)
    torch.rand(3)
    before = z.clone()
    assert model.decode(z, generator()) == model.decode(z, generator())
    assert torch.equal(z, before)
    assert len(model.decode(z, generator())) == 6
    assert model.decode(z[:0], generator()) == []


def test_decoding_in_chunks_changes_no_logits(model):
    z = points(model, 7)
    model.eval()
    whole = model.logits(z)
    parts = torch.cat([model.logits(part) for part in z.split(2)])
    torch.testing.assert_close(whole, parts, rtol=1e-4, atol=1e-5)


def test_training_mode_survives_encoding_and_decoding(model, objects):
    model.train()
    model.encoder.eval()
    state = copy.deepcopy(model.state_dict())
    model.encode(objects)
    model.decode(points(model, 3), generator())
    assert model.training
    assert not model.encoder.training
    for key, value in model.state_dict().items():
        assert torch.equal(value, state[key])


def test_loss_is_per_example(model, objects):
    model.eval()
    model.noise = 0.0
    batch = torch.as_tensor(model.representation.arrays(objects))
    terms = model.loss(batch, 0.5, generator())
    for value in terms.values():
        assert value.shape == (len(objects),)
    torch.testing.assert_close(terms["loss"], terms["reconstruction"] + 0.5 * terms["kl"])
    assert (terms["kl"] >= 0).all()
    alone = model.loss(batch[2:3], 0.5, generator())
    torch.testing.assert_close(alone["loss"], terms["loss"][2:3], rtol=1e-4, atol=1e-4)


def test_gradient_reaches_every_parameter(model, objects):
    batch = torch.as_tensor(model.representation.arrays(objects))
    model.loss(batch, 1.0, generator())["loss"].mean().backward()
    for key, parameter in model.named_parameters():
        assert parameter.grad is not None, key
        assert parameter.grad.abs().sum() > 0, key


def test_the_loss_falls_in_training(model, objects):
    batch = torch.as_tensor(model.representation.arrays(objects))
    optimiser = torch.optim.Adam(model.parameters(), lr=2e-3)
    losses = []
    for _ in range(20):
        loss = model.loss(batch, 1e-3, generator())["loss"].mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]


def test_every_derivative_agrees(model):
    model.double().eval()
    z, tangent = points(model, 2), points(model, 2).flip(0)
    few = slice(None, None, 401 if isinstance(model, Convolutional | ImageGenerator) else 11)
    forward = vmap(jacfwd(lambda point: model.logits(point[None])[0]))(z)
    reverse = vmap(jacrev(lambda point: model.logits(point[None])[0].flatten()[few]))(z)
    torch.testing.assert_close(forward.flatten(1, -2)[:, few], reverse, rtol=1e-6, atol=1e-9)
    value, slope = jvp(model.logits, (z,), (tangent,))
    expected = torch.einsum("n...d,nd->n...", forward, tangent)
    torch.testing.assert_close(slope, expected, rtol=1e-6, atol=1e-9)
    tangents = torch.stack([tangent, 2 * tangent])
    slopes = vmap(lambda t: jvp(model.logits, (z,), (t,))[1])(tangents)
    torch.testing.assert_close(slopes[1], 2 * slope, rtol=1e-6, atol=1e-9)
    difference = (model.logits(z + 1e-6 * tangent) - model.logits(z - 1e-6 * tangent)) / 2e-6
    torch.testing.assert_close(difference, slope, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(value, model.logits(z))


def test_second_derivatives_pass_through_forward_mode(model):
    model.double().eval()
    z = points(model, 1)
    gradient = jacrev(lambda p: jvp(model.logits, (p,), (z,))[1].square().sum())(z)
    assert gradient.shape == z.shape
    assert torch.isfinite(gradient).all()


def test_initial_weights_come_from_the_seed(name):
    before = torch.random.get_rng_state()
    first, again, other = CASES[name](0), CASES[name](0), CASES[name](1)
    assert torch.equal(before, torch.random.get_rng_state())
    for a, b in zip(first.parameters(), again.parameters(), strict=True):
        assert torch.equal(a, b)
    pairs = zip(first.parameters(), other.parameters(), strict=True)
    assert any(not torch.equal(a, b) for a, b in pairs)


def test_weights_travel(model, name):
    other = CASES[name](1)
    other.load_state_dict(model.state_dict())
    z = points(model, 4)
    assert model.decode(z, generator()) == other.decode(z, generator())


def test_wrong_points_are_refused(model):
    with pytest.raises(ValueError, match=r"expected z of shape"):
        model.logits(torch.zeros(2, model.latent_dim + 1))
    z = points(model, 3)
    z[1, 0] = torch.nan
    with pytest.raises(ValueError, match="1 of 3 points"):
        model.decode(z, generator())


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="latent_dim"):
        Convolutional(BinaryImage(64), latent_dim=0)
    with pytest.raises(ValueError, match="side 32"):
        Convolutional(BinaryImage(32))
    with pytest.raises(ValueError, match="attempts"):
        Grammar(Productions(15), attempts=0)
    with pytest.raises(ValueError, match="noise"):
        Grammar(Productions(15), noise=-1.0)
    with pytest.raises(ValueError, match="7 productions"):
        Grammar(Productions(6))
    with pytest.raises(ValueError, match="fit"):
        Recurrent(Tokens(language="expression", length=15), latent_dim=4)
    with pytest.raises(ValueError, match="length >= 27"):
        Recurrent(TOKENS, latent_dim=4, size="large")
