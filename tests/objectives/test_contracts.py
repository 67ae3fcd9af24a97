"""What every objective of this folder promises, tried on what a decoder may emit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lso.objectives.expression_error import ExpressionError
from lso.objectives.guacamol import Guacamol
from lso.objectives.ink import Ink
from lso.objectives.penalised_logp import PenalisedLogp
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.objectives.square_area import SquareArea
from lso.objectives.target_distance import TargetDistance

NUMBERS = [RastriginGoodness(seed=0, length=2), TargetDistance(bytes(16), "float64")]
OBJECTIVES = [SquareArea(), Ink(), ExpressionError(), PenalisedLogp(), Guacamol("zaleplon")]
OBJECTIVES += NUMBERS
GOOD = [bytes(8), "x+1", "CCO", "CCO"]


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_no_object_raises_and_order_is_kept(objective):
    hostile = ["", "C(", "(" * 10**5, "\ud800", "\0", " ", b"", b"\xff", "C1CC1 name", "x" * 10**5]
    scores = objective([*hostile, *GOOD])
    assert scores.shape == (14,)
    assert scores.dtype == np.float64
    np.testing.assert_array_equal(scores, [objective([item])[0] for item in [*hostile, *GOOD]])
    assert objective([]).shape == (0,)


@pytest.mark.parametrize("objective", OBJECTIVES)
@given(st.lists(st.text(alphabet="CNOcn()[]=#1234@+-*/.xsinep", max_size=20), max_size=5))
@settings(max_examples=50, deadline=None)
def test_random_strings_score_a_number_or_nan(objective, texts):
    assert not np.isinf(objective(texts)).any()


@pytest.mark.parametrize("objective", NUMBERS)
@given(st.lists(st.floats(width=64), min_size=2, max_size=2))
@settings(max_examples=50, deadline=None)
def test_any_numbers_score_a_number_or_nan(objective, values):
    assert not np.isinf(objective([np.array(values, dtype="<f8").tobytes()])).any()


@pytest.mark.parametrize("objective", OBJECTIVES)
def test_nothing_is_written_to_the_terminal(objective, capfd):
    objective(["C(", "c1cc1", "CC(C)(C)(C)C"])
    assert capfd.readouterr() == ("", "")
