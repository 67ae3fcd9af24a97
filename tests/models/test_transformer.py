import torch

from lso.models.transformer import Transformer
from lso.representations.tokens import Tokens

TOKENS = Tokens("expression", 15, tuple("x+()123*/sinep "))


def test_positions_do_not_see_later_ones():
    model = Transformer(TOKENS, latent_dim=4, feedforward=16).eval()
    z = torch.randn(2, 4)
    before = model.logits(z)
    with torch.no_grad():
        model.decoder.positions[10] += 1.0
    change = (model.logits(z) - before).abs().amax((0, 2))
    assert (change[:10] < 1e-5).all()
    assert (change[10:] > 1e-5).all()


def test_layers_start_from_different_weights():
    first, second, _ = Transformer(TOKENS, latent_dim=4, feedforward=16).decoder.layers.layers
    assert not torch.equal(first.linear1.weight, second.linear1.weight)
