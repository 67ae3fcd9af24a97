import numpy as np
import pytest

from lso.representations.binary_image import BinaryImage


@pytest.mark.parametrize("side", [1, 3, 8])
def test_round_trip(side):
    pixels = np.random.default_rng(0).integers(0, 2, (5, side, side)).astype(np.uint8)
    representation = BinaryImage(side)
    np.testing.assert_array_equal(representation.arrays(representation.objects(pixels)), pixels)


def test_no_images_are_an_empty_array():
    assert BinaryImage(8).arrays([]).shape == (0, 8, 8)


def test_wrong_size_is_named():
    representation = BinaryImage(8)
    assert not representation.can_represent(b"1234567")
    with pytest.raises(ValueError, match="object 1: expected 8 bytes, got 7"):
        representation.arrays([b"12345678", b"1234567"])


def test_side_must_be_positive():
    with pytest.raises(ValueError, match="side"):
        BinaryImage(0)
