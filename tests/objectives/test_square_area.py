import numpy as np

from lso.objectives.square_area import SquareArea


def test_area_counts_ones():
    images = np.random.default_rng(0).integers(0, 2, (5, 64, 64)).astype(np.uint8)
    objects = [np.packbits(image).tobytes() for image in images]
    np.testing.assert_array_equal(SquareArea()(objects), images.sum((1, 2)))


def test_strings_are_invalid():
    assert np.isnan(SquareArea()(["CCO"])).all()
