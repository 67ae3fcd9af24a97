from pathlib import Path

import numpy as np
import pytest

from lso.datasets.equations import Equations
from lso.objectives.expression_error import ExpressionError

SHARED = Path(__file__).parents[3] / "shared" / "data" / "expr" / "scores_all.npz"


def test_values_of_the_authors_code():
    objective = ExpressionError(largest_score=None, largest_mse=1000.0)
    expressions = ["x+sin(x*x)", "x", "x+sin(x)", "1", "x*x*x"]
    expected = [-0.10536, -0.48756, -0.74448, -3.56235, -6.90875]
    np.testing.assert_allclose(objective(expressions), expected, atol=5e-6)


def test_the_target_itself_is_optimal():
    assert ExpressionError()(["1/3+x+sin(x*x)", "1/3+(x)+sin(x*x)"]).tolist() == [0.0, 0.0]


def test_overflow_and_undefined_values_meet_the_bound():
    overflow, undefined = "exp(exp(x*x))", "exp(exp(x*x))/exp(exp(x*x))"
    assert ExpressionError()([overflow, undefined]).tolist() == [-7.0, -7.0]
    assert ExpressionError(5.0)([overflow]).tolist() == [-5.0]


def test_only_strings_outside_the_grammar_are_invalid():
    assert np.isnan(ExpressionError()(["x+", "1x", "sin(s)", "x-1", "__import__('os')"])).all()


@pytest.mark.skipif(not SHARED.exists(), reason="needs the released scores")
def test_released_scores_are_reproduced():
    rows = slice(None, None, 97)
    released = np.load(SHARED)["arr_0"][rows]
    np.testing.assert_allclose(
        ExpressionError()(Equations().objects({})[rows]), -released, atol=1e-14
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"largest_score": None}, "at least one bound"),
        ({"largest_score": -1.0}, "largest_score"),
        ({"largest_mse": float("inf")}, "largest_mse"),
    ],
)
def test_settings_fail_at_construction(settings, message):
    with pytest.raises(ValueError, match=message):
        ExpressionError(**settings)
