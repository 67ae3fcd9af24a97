import torch

from lso.models.grammar import Grammar, ResetFirstGRU
from lso.representations.grammar import Grammar as Productions


def test_reset_gate_acts_before_the_matrix_product():
    layer = ResetFirstGRU(3, 2, "keras_2")
    torch.nn.init.normal_(layer.bias)
    inputs = torch.randn(4, 5, 3)
    wz, wr, wn = layer.kernel.split(2)
    uz, ur, un = layer.recurrent.split(2)
    bz, br, bn = layer.bias.split(2)
    h = torch.zeros(5, 2)
    for x, state in zip(inputs, layer(list(inputs)), strict=True):
        z = torch.sigmoid(x @ wz.T + h @ uz.T + bz)
        r = torch.sigmoid(x @ wr.T + h @ ur.T + br)
        h = z * h + (1 - z) * torch.tanh(x @ wn.T + (r * h) @ un.T + bn)
        torch.testing.assert_close(state, h)


def test_reconstruction_is_the_masked_binary_cross_entropy():
    representation = Productions(15)
    model = Grammar(representation)
    batch = torch.as_tensor(representation.arrays(["x*x", "1/3+x+sin(x)"])).long()
    logits = torch.randn(2, 15, 12)
    masked = logits.exp() * representation.masks(batch)
    p = masked / masked.sum(-1, keepdim=True)
    target = torch.nn.functional.one_hot(batch, 12).float()
    entropy = torch.nn.functional.binary_cross_entropy(p, target, reduction="none")
    expected = 15 * entropy.mean((1, 2))
    torch.testing.assert_close(model.reconstruction(logits, batch), expected, rtol=1e-4, atol=1e-5)


def test_reconstruction_of_certain_logits_has_a_finite_gradient():
    representation = Productions(15)
    model = Grammar(representation)
    batch = torch.as_tensor(representation.arrays(["x*x"])).long()
    logits = (100.0 * torch.randn(1, 15, 12)).requires_grad_()
    model.reconstruction(logits, batch).sum().backward()
    assert torch.isfinite(logits.grad).all()


def test_divergence_is_averaged_over_dimensions():
    model = Grammar(Productions(15))
    mean = torch.ones(3, 25)
    torch.testing.assert_close(model.divergence(mean, torch.zeros(3, 25)), torch.full((3,), 0.5))


def test_decoded_expressions_follow_the_grammar():
    model = Grammar(Productions(15))
    decoded = model.decode(torch.randn(50, 25), torch.Generator().manual_seed(0))
    valid = [item for item in decoded if item is not None]
    assert valid
    assert all(model.representation.can_represent(item) for item in valid)


def test_initial_weights_of_keras_1_are_drawn_gate_by_gate():
    layer = ResetFirstGRU(25, 100, "keras_1")
    for kernel, recurrent in zip(layer.kernel.split(100), layer.recurrent.split(100), strict=True):
        torch.testing.assert_close(recurrent @ recurrent.T, 1.1**2 * torch.eye(100))
        assert 0.9 < kernel.abs().max() / (6 / 125) ** 0.5 <= 1


def test_initial_weights_of_keras_2_are_drawn_as_one_matrix():
    layer = ResetFirstGRU(25, 100, "keras_2")
    torch.testing.assert_close(layer.recurrent.T @ layer.recurrent, torch.eye(100))
    assert 0.9 < layer.kernel.abs().max() / (6 / 325) ** 0.5 <= 1


def test_initialisation_reaches_the_decoder():
    first, second = (
        Grammar(Productions(15), initialisation=name) for name in ("keras_1", "keras_2")
    )
    ratio = first.decoder.layers[0].recurrent.std() / second.decoder.layers[0].recurrent.std()
    assert abs(ratio - 1.1 * 3**0.5) < 0.01
    torch.testing.assert_close(first.encoder.state_dict(), second.encoder.state_dict())
