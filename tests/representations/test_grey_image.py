import numpy as np
import pytest

from lso.representations.grey_image import GreyImage


def test_images_survive_as_bytes():
    levels = np.random.default_rng(0).integers(0, 256, (3, 5, 5), dtype=np.uint8)
    representation = GreyImage(5).fit([])
    objects = representation.objects(levels)
    assert all(map(representation.can_represent, objects))
    assert np.array_equal(representation.arrays(objects), levels)
    assert representation.arrays([]).shape == (0, 5, 5)


def test_other_sizes_are_told():
    with pytest.raises(ValueError, match="object 1: expected 25 bytes, got 24 bytes"):
        GreyImage(5).arrays([bytes(25), bytes(24)])
    assert not GreyImage(5).can_represent("x" * 25)
    with pytest.raises(ValueError, match="side"):
        GreyImage(0)
