"""A target that the generator can make, and scores of ink."""

import numpy as np
import pytest
import torch

from lso.models.image_generator import ImageGenerator
from lso.objectives.generated_target import GeneratedTarget
from lso.objectives.ink import Ink
from lso.representations.grey_image import GreyImage

MODEL = ImageGenerator(GreyImage(28), latent_dim=4, channels=1)


def test_the_target_scores_zero_and_belongs_to_the_seed():
    first, again, other = (GeneratedTarget(seed, MODEL, "uint8") for seed in (1, 1, 2))
    target = first.distance.target
    assert first([target]) == pytest.approx([0])
    assert again.distance.target == target
    assert other.distance.target != target
    assert other([target])[0] < 0


def test_a_decoder_without_valid_objects_is_told():
    class Mute:
        latent_dim = 2

        def decode(self, z, generator):
            return [None] * len(z)

    with pytest.raises(ValueError, match="none of 100 prior draws"):
        GeneratedTarget(0, Mute())


def test_drawing_a_target_leaves_torch_alone():
    before = torch.random.get_rng_state()
    GeneratedTarget(3, MODEL, "uint8")
    assert torch.equal(before, torch.random.get_rng_state())


def test_ink_is_a_share_of_the_brightest():
    scores = Ink()([bytes([255] * 4), bytes([0, 255]), "text", b""])
    assert scores[:2] == pytest.approx([1, 0.5])
    assert np.isnan(scores[2:]).all()
