"""Distance to a target: exact, without the wrapping of 8-bit arithmetic."""

import numpy as np
import pytest

from lso.objectives.target_distance import TargetDistance


def test_distances_do_not_wrap():
    objective = TargetDistance(bytes([0, 10]), values="uint8")
    assert objective([bytes([255, 10]), bytes([0, 10])]) == pytest.approx([-255, 0])


def test_bits_and_floats():
    assert TargetDistance("ff00")([b"\x00\x00"]) == pytest.approx([-(8**0.5)])
    target = np.array([1.0, 2.0]).tobytes()
    assert TargetDistance(target, "float64")([np.zeros(2).tobytes()]) == pytest.approx([-(5**0.5)])


def test_other_sizes_are_invalid():
    assert np.isnan(TargetDistance(b"ab")([b"abc", "ab"])).all()


def test_wrong_settings_are_told():
    with pytest.raises(ValueError, match="8 bytes each"):
        TargetDistance(b"ab", values="float64")
    with pytest.raises(ValueError, match="empty"):
        TargetDistance("")
