import numpy as np
import pandas as pd
import pytest

from lso.evaluation.metrics import best_so_far
from lso.likeness import Images, Molecules, Texts, compare_with_data, nearest_distance


def test_molecules_are_new_realistic_and_far_as_molecules_not_as_strings():
    data = ["c1ccccc1O", "CCO"]
    found = ["OCC", None, "CCN", "CC(=O)Cl", "OCC"]
    frame = compare_with_data(Molecules(), found, data)
    assert frame.novel.tolist() == [False, False, True, True, False]  # OCC is CCO
    assert frame.realistic.tolist() == [True, False, True, False, True]  # acyl chlorides are alerts
    assert frame.distance[0] == frame.distance[4] == 0
    assert np.isnan(frame.distance[1])
    assert 0 < frame.distance[2] < frame.distance[3] <= 1


def test_tanimoto_distance_of_pixels_is_that_of_sets():
    def image(*pixels):
        bits = np.zeros(64, np.uint8)
        bits[list(pixels)] = 1
        return np.packbits(bits).tobytes()

    assert image(8).endswith(b"\0")  # which numpy's bytes would lose
    data = [image(0, 1, 2), image(9)]
    frame = compare_with_data(Images(), [image(1, 2, 3), image(9), image(), image(8)], data)
    assert frame.distance.tolist() == pytest.approx([0.5, 0, 1, 1])  # {1, 2} of {0, 1, 2, 3}
    assert frame.novel.tolist() == [True, False, True, True]
    assert frame.realistic.isna().all()


def test_texts_differ_by_their_pieces_and_by_their_ends():
    frame = compare_with_data(Texts(), ["x+1", "1+x", None, "x+2"], ["x+1"])
    # ..x .x+ x+1 +1. 1.. and ..x .x+ x+2 +2. 2.. share two of eight
    assert frame.distance.tolist() == pytest.approx([0, 1, np.nan, 0.75], nan_ok=True)
    assert frame.novel.tolist() == [False, True, False, True]


def test_no_valid_object_is_all_nan_and_no_data_is_an_error():
    frame = compare_with_data(Images(), [None, None], [b"\x01"])
    assert frame.distance.isna().all()
    assert not frame.novel.any()
    empty = Texts().features(["a"])[:0]
    with pytest.raises(ValueError, match="expected data"):
        nearest_distance(Texts().features(["a"]), empty)


def test_progress_of_a_run_counts_what_is_new_and_realistic_per_query():
    history = pd.DataFrame(
        {
            "query": range(4),
            "x": ["a", None, "b", "a"],
            "y": [5.0, np.nan, 3.0, 5.0],
            "valid": [True, False, True, True],
            "seconds": 1.0,
            "novel": [False, False, True, False],
            "realistic": pd.array([True, False, True, True], "boolean"),
            "distance": [0.0, np.nan, 0.5, 0.0],
        }
    )
    progress = best_so_far(history)
    assert progress.best.tolist() == [5, 5, 5, 5]
    assert progress.best_novel.tolist()[2:] == [3, 3]
    assert progress.best_novel[:2].isna().all()
    assert progress.novel_share.tolist() == [0, 0, 1 / 3, 1 / 4]
    assert progress.realistic_share.tolist() == [1, 1 / 2, 2 / 3, 3 / 4]
    assert progress.distance.tolist() == pytest.approx([0, 0, 0.25, 0.5 / 3])
    without = best_so_far(history.drop(columns=["novel", "realistic", "distance"]))
    assert (
        without[["best_novel", "novel_share", "realistic_share", "distance"]].isna().all(axis=None)
    )
