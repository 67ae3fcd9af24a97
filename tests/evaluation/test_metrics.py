import numpy as np
import pandas as pd
import pytest

from lso.evaluation.metrics import (
    aggregate,
    best_objects,
    best_so_far,
    kth_best_so_far,
    mean_of_best_so_far,
    summarise,
)

RUN = {"study": "s", "task": "t", "model": "m", "method": "w", "label": "k=1", "seed": 1}


def history_of(x, y):
    y = np.asarray(y, float)
    return pd.DataFrame(
        {"query": range(len(x)), "x": x, "y": y, "valid": ~np.isnan(y), "seconds": 0.5}
    )


def random_history(n, seed=0):
    rng = np.random.default_rng(seed)
    x = [None if i < 60 else f"C{i}" for i in rng.integers(0, n, n)]
    return history_of(x, [np.nan if i is None else float(i[1:]) % 97 for i in x])


@pytest.mark.parametrize("k", [1, 10, 50])
def test_kth_best_is_the_kth_of_the_sorted_unique_objects(k):
    history = random_history(400)
    curve = best_so_far(history)[{1: "best", 10: "top10", 50: "top50"}[k]]
    for q in (1, 5, 60, 400):
        unique = history.head(q).dropna(subset=["y"]).drop_duplicates("x")["y"]
        expected = unique.nlargest(k).min()  # the last one if there are fewer
        assert curve[q - 1] == expected or (np.isnan(curve[q - 1]) and unique.empty)


def test_mean_of_the_best_needs_as_many_objects():
    history = random_history(200)
    curve = best_so_far(history)["top20_mean"]
    for q in (15, 40, 200):
        unique = history.head(q).dropna(subset=["y"]).drop_duplicates("x")["y"]
        expected = unique.nlargest(20).mean() if len(unique) >= 20 else np.nan
        np.testing.assert_allclose(curve[q - 1], expected)
    with pytest.raises(ValueError, match="k >= 1"):
        mean_of_best_so_far(np.ones(3), np.ones(3, bool), 0)


def test_progress_starts_unknown_and_counts_calls():
    progress = best_so_far(history_of([None, "a", "a", "bad", "b"], [np.nan, 1, 1, np.nan, 3]))
    assert progress["query"].tolist() == [1, 2, 3, 4, 5]
    assert progress["oracle_calls"].tolist() == [0, 1, 1, 2, 3]
    assert np.isnan(progress["best"][0])
    assert progress["best"].tolist()[1:] == [1, 1, 1, 3]
    assert progress["top10"].tolist()[1:] == [1, 1, 1, 1]
    assert progress["valid_share"].tolist() == [0, 1 / 2, 2 / 3, 1 / 2, 3 / 5]
    assert progress["seconds"].iloc[-1] == 2.5


def test_images_are_objects_too():
    progress = best_so_far(history_of([b"\x01", b"\x01", b"\x02"], [1, 1, 2]))
    assert progress["oracle_calls"].tolist() == [1, 1, 2]


def test_rank_must_be_positive():
    with pytest.raises(ValueError, match="k >= 1"):
        kth_best_so_far(np.ones(3), np.ones(3, bool), 0)


def test_summary_names_the_run_of_every_query():
    runs = [({**RUN, "seed": seed}, random_history(80, seed)) for seed in (1, 2)]
    summary = summarise(runs)
    assert len(summary) == 160
    assert summary.columns[:6].tolist() == list(RUN)
    assert summary["query"].tolist() == 2 * list(range(1, 81))


def test_metadata_without_a_label_are_refused():
    with pytest.raises(ValueError, match="label"):
        summarise([({"seed": 1}, random_history(3))])
    with pytest.raises(ValueError, match="none"):
        summarise([])


def test_best_objects_are_distinct_and_sorted():
    best = best_objects([(RUN, history_of(["a", "b", "a", None, "c"], [1, 3, 1, np.nan, 2]))], 2)
    assert best["x"].tolist() == ["b", "c"]
    assert best["rank"].tolist() == [1, 2]
    assert best["query"].tolist() == [2, 5]


def test_aggregate_is_the_mean_and_population_sd_over_seeds():
    runs = [({**RUN, "seed": seed}, history_of(["a"], [y])) for seed, y in ((1, 2.0), (2, 4.0))]
    row = aggregate(summarise(runs), "best").iloc[0]
    assert (row["mean"], row["sd"], row["seeds"]) == (3, 1, 2)


def test_share_left_is_relative_to_a_negative_start():
    x = ["a", "b", "c"]
    assert best_so_far(history_of(x, [-8, -2, -4]))["share_left"].tolist() == [1, 0.25, 0.25]
    assert best_so_far(history_of(x, [8, 2, 4]))["share_left"].isna().all()


def test_frames_are_those_shown_or_one_per_draw():
    history = history_of(["a", "b", "c"], [1, 2, 3])
    assert best_so_far(history)["frames"].tolist() == [0, 1, 2]
    nobody = pd.array([None] * 3, dtype="Int32")
    assert best_so_far(history.assign(shown=nobody))["frames"].tolist() == [0, 1, 2]
    assert best_so_far(history.assign(shown=[0, 21, 5]))["frames"].tolist() == [0, 21, 26]
