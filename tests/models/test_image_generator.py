import numpy as np
import pytest
import torch

from lso.models.image_generator import ImageGenerator
from lso.representations.binary_image import BinaryImage
from lso.representations.grey_image import GreyImage


def test_layers_have_the_published_sizes():
    model, x = ImageGenerator(GreyImage(28)), torch.zeros(1, 64)
    shapes = []
    for layer in model.decoder:
        x = layer(x)
        shapes.append(tuple(x.shape[1:]))
    images = [shape for shape in shapes if len(shape) == 3]
    expected = [(512, 1, 1), (256, 3, 3), (128, 7, 7), (64, 14, 14), (1, 28, 28)]
    assert list(dict.fromkeys(images)) == expected
    assert shapes[0] == (128,)


def test_jacobian_is_that_of_the_image():
    model = ImageGenerator(GreyImage(28), latent_dim=5, channels=2).double()
    z = torch.randn(5, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    found = model.jacobian(z)
    assert found.shape == (784, 5)
    step = 1e-6 * torch.eye(5, dtype=torch.float64)
    with torch.no_grad():
        ends = [torch.sigmoid(model.logits(z + sign * step)).flatten(1) for sign in (1, -1)]
    torch.testing.assert_close(found, ((ends[0] - ends[1]) / 2e-6).T, rtol=1e-6, atol=1e-8)


def test_decoded_levels_are_the_rounded_image():
    model = ImageGenerator(GreyImage(28), latent_dim=3, channels=1)
    (item,) = model.objects(torch.full((1, 28, 28), np.log(3.0)), torch.Generator())
    assert item == bytes([191] * 784)  # 255 · 3/4


def test_reconstruction_is_least_at_the_grey_level():
    model = ImageGenerator(GreyImage(28), latent_dim=3, channels=1)
    batch = torch.full((3, 28, 28), 64, dtype=torch.uint8)
    shares = torch.tensor([60.0, 64.0, 68.0]) / 255
    logits = torch.logit(shares)[:, None, None].expand(3, 28, 28)
    loss = model.reconstruction(logits, batch)
    assert loss.argmin() == 1


def test_wrong_settings_are_refused():
    with pytest.raises(ValueError, match="side 32"):
        ImageGenerator(BinaryImage(32))
    with pytest.raises(ValueError, match="channels"):
        ImageGenerator(GreyImage(28), channels=0)
