from pathlib import Path

import pytest
import torch

from lso.models.recurrent import Recurrent, from_released
from lso.representations.tokens import Tokens

WEIGHTS = Path(__file__).resolve().parents[3] / "shared" / "data" / "les_weights"
EXPRESSION = Tokens("expression", 19, tuple("x+()123*/sinep "))
SMILES = Tokens("smiles", 120, tuple("C()c12o=ON3F[@H]n-#Sl+sBr/4\\567IP8 "))
# first logit and most probable string at z = 0, blanks removed, measured with the authors' code
RELEASED = {
    "expressions_gru_1": (EXPRESSION, 7.6658, "x/1+sin(s)+(xn()"),
    "expressions_lstm_1": (EXPRESSION, 5.5813, "x+2+e+n(1)+()"),
    "smiles_gru_1": (SMILES, 9.5122, "CCC(C)C)CCCCCCCCCCCCCCCC)CC/C/C/C/C/C(C)C)c1"),
}
TOKENS = Tokens("expression", 15, tuple("x+()123*/sinep "))


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="the released weights are not here")
@pytest.mark.parametrize("name", RELEASED)
def test_released_weights_decode_as_the_authors_measured(name):
    representation, logit, text = RELEASED[name]
    state_dict = torch.load(WEIGHTS / f"{name}.pth", weights_only=True)
    model = from_released(state_dict, representation).double()
    (logits,) = model.logits(torch.zeros(1, model.latent_dim, dtype=torch.float64))
    assert logits[0, 0].item() == pytest.approx(logit, abs=5e-5)
    decoded = "".join(representation.vocabulary[i] for i in logits.argmax(-1))
    assert decoded.replace(" ", "") == text
    assert model.noise == (0.1 if representation is EXPRESSION else 0.001)


@pytest.fixture(params=["gru", "lstm"])
def model(request):
    return Recurrent(TOKENS, latent_dim=4, cell=request.param).double()


def test_weights_fit_under_the_released_names(model):
    state_dict = model.state_dict()
    state_dict["property_net.fc1.weight"] = torch.zeros(100, 4)
    loaded = from_released(state_dict, TOKENS)
    z = torch.randn(3, 4)
    model.float().eval()
    torch.testing.assert_close(loaded.logits(z), model.logits(z))


def test_weights_that_do_not_fit_are_named(model):
    state_dict = dict(model.state_dict())
    state_dict["decoder.surplus"] = state_dict.pop("decoder.out.bias")
    state_dict["encoder.conv2.bias"] = torch.zeros(7)
    with pytest.raises(ValueError) as error:
        from_released(state_dict, TOKENS)
    for part in (
        "missing decoder.out.bias",
        "unknown decoder.surplus",
        "conv2.bias has shape (7,)",
    ):
        assert part in str(error.value)
    with pytest.raises(ValueError, match="missing encoder"):
        from_released({}, TOKENS)
    with pytest.raises(ValueError, match="encoder.linear.weight has shape"):
        from_released(model.state_dict(), Tokens("expression", 16, TOKENS.vocabulary))


def test_unrolled_layers_are_those_of_the_library(model):
    z = torch.randn(3, 4, dtype=torch.float64)
    model.eval()
    torch.testing.assert_close(model.decoder.unroll(z), model.decoder.run_layers(z))


def test_head_sees_the_layers_and_the_previous_probabilities(model):
    outputs = torch.randn(2, 15, 100, dtype=torch.float64)
    p = torch.zeros(2, 15, dtype=torch.float64)
    for t, logits in enumerate(model.decoder.run_freely(outputs).unbind(1)):
        previous = model.decoder.output_projection(p)
        expected = model.decoder.out(torch.cat([outputs[:, t], previous], dim=-1))
        torch.testing.assert_close(logits, expected)
        p = logits.softmax(-1)


def test_teacher_forcing_feeds_back_the_true_tokens(model):
    outputs = torch.randn(2, 15, 100, dtype=torch.float64)
    tokens = torch.randint(0, 15, (2, 15))
    one_hot = torch.nn.functional.one_hot(tokens, 15).double()
    p = torch.cat([torch.zeros_like(one_hot[:, :1]), one_hot[:, :-1]], dim=1)
    previous = model.decoder.output_projection(p)
    expected = model.decoder.out(torch.cat([outputs, previous], dim=-1))
    torch.testing.assert_close(model.decoder.follow(outputs, tokens), expected)


def test_dropout_acts_in_training_only(model):
    z = torch.randn(2, 4)
    assert not torch.equal(model.logits(z), model.logits(z))
    model.eval()
    assert torch.equal(model.logits(z), model.logits(z))
