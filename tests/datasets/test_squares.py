import numpy as np
import pytest

from lso.datasets.squares import Squares


def test_the_published_images_are_drawn():
    objects = Squares().objects({})
    assert len(objects) == 10900
    assert len(set(objects)) == 1090
    areas = np.bitwise_count(np.frombuffer(b"".join(set(objects)), np.uint8)).reshape(1090, -1)
    assert areas.sum(1).max() == 400


def test_every_image_is_one_square_at_its_column():
    for item in set(Squares(side=8, largest=3, column=4, repeats=1).objects({})):
        image = np.unpackbits(np.frombuffer(item, np.uint8)).reshape(8, 8)
        rows, columns = image.nonzero()
        size = int(np.sqrt(image.sum()))
        assert image.sum() == size**2
        assert columns.min() == 4
        assert np.ptp(rows) == np.ptp(columns) == size - 1


def test_the_order_depends_on_the_seed_only():
    small = {"side": 8, "largest": 3, "column": 4}
    assert Squares(**small).objects({}) == Squares(**small).objects({})
    assert Squares(**small).objects({}) != Squares(**small, seed=1).objects({})


@pytest.mark.parametrize("settings", [{"largest": 33}, {"column": 64}, {"repeats": 0}])
def test_settings_fail_at_construction(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        Squares(**settings)
