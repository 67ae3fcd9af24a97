from copy import deepcopy
from pathlib import Path

import pytest
import torch
import yaml

from lso.checkpoints import read_state_dict
from lso.components import build
from lso.geometry.comparison_scores import Likelihood, Polarity
from lso.geometry.exploration_score import LatentExplorationScore
from lso.models.recurrent import Recurrent
from lso.representations.tokens import Tokens

ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT.parent / "shared" / "data" / "les_weights"
# first logit and most probable string at z = 0, blanks removed; the share of valid decodes of 500
# draws of N(0, noise² I), as measured with the authors' code; LES, polarity and likelihood at z = 0
RELEASED = {
    "expressions_gru_1": (7.6658, "x/1+sin(s)+(xn()", 0.598, (43.1316, -29.2638, -14.1047)),
    "expressions_lstm_1": (5.5813, "x+2+e+n(1)+()", 0.454, (45.9694, -26.1405, -16.3789)),
    "smiles_gru_1": (
        *(9.5122, "CCC(C)C)CCCCCCCCCCCCCCCC)CC/C/C/C/C/C(C)C)c1", 0.0),
        (57.8817, -237.0625, -22.5185),
    ),
}
TOKENS = Tokens("expression", 15, tuple("x+()123*/sinep "))


@pytest.mark.skipif(not WEIGHTS.is_dir(), reason="the released weights are not here")
@pytest.mark.parametrize("name", RELEASED)
def test_released_weights_decode_as_the_authors_measured(name):
    logit, text, valid_share, scores = RELEASED[name]
    entries = yaml.safe_load((ROOT / "config/models.yaml").read_text())["models"]
    model = build("models", entries[f"les_{name}"]["architecture"])
    model.load_released(read_state_dict(WEIGHTS / f"{name}.pth"))
    generator = torch.Generator().manual_seed(0)
    z = model.noise * torch.randn(500, model.latent_dim, generator=generator, dtype=torch.float64)
    decoded = model.decode(z, generator)
    share = sum(item is not None for item in decoded) / len(decoded)
    assert share == pytest.approx(valid_share, abs=0.09)  # four standard deviations
    model = model.double()
    zero = torch.zeros(1, model.latent_dim, dtype=torch.float64)
    (logits,) = model.logits(zero)
    assert logits[0, 0].item() == pytest.approx(logit, abs=5e-5)
    at_zero = "".join(model.representation.vocabulary[i] for i in logits.argmax(-1))
    assert at_zero.replace(" ", "") == text
    model = model.eval()
    found = [kind(model)(zero).item() for kind in (LatentExplorationScore, Polarity, Likelihood)]
    assert found == pytest.approx(scores, abs=1e-3)


@pytest.fixture(params=["gru", "lstm"])
def model(request):
    return Recurrent(TOKENS, latent_dim=4, cell=request.param).double()


def test_weights_fit_under_the_released_names(model):
    loaded = deepcopy(model)
    for weight in loaded.parameters():
        torch.nn.init.zeros_(weight)
    loaded.load_released(model.state_dict() | {"property_net.fc1.weight": torch.zeros(100, 4)})
    z = torch.randn(3, 4)
    torch.testing.assert_close(loaded.logits(z), model.eval().logits(z))
    assert not loaded.training


def test_weights_that_do_not_fit_are_named(model):
    state_dict = dict(model.state_dict())
    state_dict["decoder.surplus"] = state_dict.pop("decoder.out.bias")
    state_dict["encoder.conv2.bias"] = torch.zeros(7)
    with pytest.raises(ValueError) as error:
        model.load_released(state_dict)
    for part in (
        "missing decoder.out.bias",
        "unknown decoder.surplus",
        "conv2.bias has shape (7,)",
    ):
        assert part in str(error.value)
    longer = Recurrent(Tokens("expression", 16, TOKENS.vocabulary), latent_dim=4)
    with pytest.raises(ValueError, match="encoder.linear.weight has shape"):
        longer.load_released(model.state_dict())


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
