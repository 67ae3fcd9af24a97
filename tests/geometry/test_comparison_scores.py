import pytest
import torch
from torch import nn

from lso.geometry.comparison_scores import (
    Likelihood,
    Polarity,
    Prior,
    TrainingDistance,
    Uncertainty,
)
from lso.geometry.jacobian import jacobian


@pytest.fixture
def dropout_decoder(make_decoder):
    layer = nn.Sequential(nn.Linear(4, 8), nn.Dropout(0.2), nn.Linear(8, 4)).double()
    return nn.Sequential(layer, make_decoder("gru")).eval()


def test_polarity_is_the_volume_of_the_jacobian(make_decoder, z):
    decoder = make_decoder("gru")
    slope = jacobian(decoder, z)[1].flatten(1, 2)
    torch.testing.assert_close(Polarity(decoder)(z), -0.5 * torch.logdet(slope.mT @ slope))


def test_prior(z):
    torch.testing.assert_close(Prior()(z), -(z * z).sum(1))


def test_likelihood_is_that_of_the_argmax(make_decoder, z):
    decoder = make_decoder("relu")
    logits = decoder(z)
    nll = nn.functional.cross_entropy(logits.mT, logits.argmax(-1), reduction="none")
    torch.testing.assert_close(Likelihood(decoder)(z), -nll.sum(1))


def test_likelihood_of_pixels_is_that_of_the_more_probable_value(make_decoder, z):
    decoder = make_decoder("relu")
    decoder.link = "logistic"
    probability = decoder(z).sigmoid()
    expected = torch.maximum(probability, 1 - probability).log().sum((1, 2))
    torch.testing.assert_close(Likelihood(decoder)(z), expected)


def test_values_that_are_no_logits_have_no_likelihood(make_decoder, z):
    decoder = make_decoder("relu")
    decoder.link = "identity"
    with pytest.raises(ValueError, match="with the link 'identity'"):
        Likelihood(decoder)(z)


def test_training_distance():
    reference = torch.tensor([[0.0, 0.0], [3.0, 4.0], [30.0, 40.0]])
    score = TrainingDistance(reference, neighbours=2)
    torch.testing.assert_close(score(torch.zeros(1, 2)), torch.tensor([-2.5]))
    with pytest.raises(ValueError, match=r"neighbours must be in 1\.\.3, came 4"):
        TrainingDistance(reference, neighbours=4)


def test_uncertainty_follows_its_definition(dropout_decoder, z):
    score = Uncertainty(dropout_decoder, torch.Generator().manual_seed(1), models=4, repeats=3)
    estimates = []
    with score.decoder.dropout(score.seed):
        for _ in range(3):
            tokens = score.decoder(z).argmax(-1, keepdim=True)
            logits = [score.decoder(z).log_softmax(-1) for _ in range(4)]
            q = torch.stack([x.gather(-1, tokens).sum((1, 2)) for x in logits])
            mean = q.exp().mean(0)
            gap = (-q * q.exp()).mean(0) + mean * mean.log()
            estimates.append(gap.abs() / mean)
    torch.testing.assert_close(score(z), torch.stack(estimates).mean(0).log())


def test_uncertainty_is_one_number_with_a_gradient(dropout_decoder, z, generator):
    state = torch.get_rng_state()
    score = Uncertainty(dropout_decoder, generator, models=3, repeats=2)
    assert torch.equal(score(z), score(z))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.autograd.gradcheck(score, z.requires_grad_())
    assert not any(module.training for module in score.decoder.decoder.modules())


def test_uncertainty_of_a_certain_decoder_is_finite(z, generator):
    layers = [nn.Linear(4, 30), nn.Dropout(0.2), nn.Unflatten(1, (5, 6))]
    decoder = nn.Sequential(*layers).double().eval()
    decoder[0].weight.data *= 1e6
    assert torch.isfinite(Uncertainty(decoder, generator)(z)).all()


@pytest.mark.parametrize("score", [Likelihood, lambda f: Uncertainty(f, torch.Generator())])
def test_pixels_have_no_tokens(z, score):
    with pytest.raises(ValueError, match=r"logits \(n, l, v\), came \(3, 6\)"):
        score(nn.Linear(4, 6).double())(z)


def test_bad_settings(dropout_decoder, generator):
    with pytest.raises(ValueError, match="models >= 2"):
        Uncertainty(dropout_decoder, generator, models=1)
