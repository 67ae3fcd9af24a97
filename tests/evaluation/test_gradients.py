import numpy as np
import pandas as pd
import pytest

from lso.evaluation.gradients import summarise_gradients


def _points(score, values, cosines, seconds):
    return pd.DataFrame({"point": range(len(values)), "value": values, "cosine": cosines}).assign(
        model="m",
        score=score,
        reference="exact",
        norm_ratio=2.0,
        seconds=seconds,
        gradient_seconds=3 * seconds,
    )


@pytest.fixture
def table():
    frames = [
        _points("exact", [1.0, 2, 3, 4], [1.0] * 4, 0.2),
        _points("rough", [-1.0, -2, np.inf, -4], [0.5, -0.5, 0.1, np.nan], 0.1),
        _points("likelihood", [0.0, 1, 2, 3], [0.9] * 4, 0.02),
    ]
    return summarise_gradients(pd.concat(frames)).set_index("score")


def test_agreement_is_over_points_that_both_can_score(table):
    rough = table.loc["rough"]
    assert rough.rank_correlation == pytest.approx(-1)
    assert (rough.difference, rough.largest_difference) == (4, 8)
    assert rough.left_out == 2  # one value is infinite, one gradient has no direction
    assert (rough.cosine_min, rough.cosine_median, rough.negative) == (-0.5, 0, 0.5)
    assert table.loc["exact", ["rank_correlation", "difference", "cosine_min"]].tolist() == [
        1,
        0,
        1,
    ]


def test_costs_are_relative_to_likelihood(table):
    assert table.relative_seconds.round(6).tolist() == [10, 5, 1]
    assert table.relative_gradient_seconds.round(6).tolist() == [10, 5, 1]
    assert table.gradient_seconds.tolist() == pytest.approx([0.6, 0.3, 0.06])


def test_without_a_likelihood_there_is_no_unit():
    alone = summarise_gradients(_points("exact", [1.0, 2], [1.0, 1.0], 0.2))
    assert alone.relative_seconds.isna().all()
