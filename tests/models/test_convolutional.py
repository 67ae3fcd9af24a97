import numpy as np
import pytest
import torch

from lso.geometry.exploration_score import LatentExplorationScore
from lso.models.convolutional import Convolutional
from lso.representations.binary_image import BinaryImage


def test_layers_have_the_published_sizes():
    model = Convolutional(BinaryImage(64))
    sides, x = [], torch.zeros(1, 1, 64, 64)
    for layer in model.encoder[:22]:
        x = layer(x)
        sides.append(x.shape[-1])
    assert sides[::2] == [64, 32, 32, 16, 16, 16, 8, 8, 8, 4, 4]
    sides, x = [], torch.zeros(1, 2)
    for layer in model.decoder:
        x = layer(x)
        sides.append(x.shape[-1])
    assert sides[4:][1::2] == [4, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64]
    assert x.shape == (1, 1, 64, 64)


def test_reconstruction_is_the_bernoulli_likelihood_of_all_pixels():
    model = Convolutional(BinaryImage(64))
    batch = torch.zeros(2, 64, 64, dtype=torch.uint8)
    batch[1, :10, :10] = 1
    loss = model.reconstruction(torch.zeros(2, 64, 64), batch)
    torch.testing.assert_close(loss, torch.full((2,), 4096 * np.log(2), dtype=torch.float32))


def test_the_exploration_score_takes_the_outputs_for_pixels():
    model, z = Convolutional(BinaryImage(64)), torch.zeros(1, 2, dtype=torch.float64)
    pixels = LatentExplorationScore(model, link="logistic")(z)
    torch.testing.assert_close(LatentExplorationScore(model)(z), pixels)


def test_a_pixel_is_on_above_one_half():
    model = Convolutional(BinaryImage(64))
    logits = torch.zeros(1, 64, 64)
    logits[0, 3, 4] = 1e-3
    (item,) = model.objects(logits, torch.Generator())
    assert model.representation.arrays([item]).nonzero() == (0, 3, 4)


def test_divergence_is_that_of_gaussians():
    model = Convolutional(BinaryImage(64))
    mean, log_variance = torch.randn(5, 2), torch.randn(5, 2)
    posterior = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    expected = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0, 1))
    torch.testing.assert_close(model.divergence(mean, log_variance), expected.sum(-1))


@pytest.mark.parametrize("seed", range(3))
def test_signal_survives_the_untrained_layers(seed):
    model = Convolutional(BinaryImage(64), seed=seed)
    pixels = np.zeros((10, 64, 64), np.uint8)
    for i in range(10):
        pixels[i, 6 * i : 6 * i + 10, 32:42] = 1
    assert model.encode(model.representation.objects(pixels)).std(0).max() > 1e-3
    logits = model.logits(torch.randn(20, 2, generator=torch.Generator().manual_seed(0)))
    assert logits.std(0).max() > 1e-2
