import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lso.arithmetic import LONGEST, derive, evaluate, expand, is_expression

X = np.linspace(-2.0, 2.0, 5)


def expressions():
    leaves = st.sampled_from(["x", "1", "2", "3"])
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.builds("{}{}{}".format, inner, st.sampled_from("+*/"), inner),
            st.builds("{}{})".format, st.sampled_from(["(", "sin(", "exp("]), inner),
        ),
        max_leaves=8,
    )


@given(expressions())
@settings(max_examples=50, deadline=None)
def test_expanding_a_derivation_returns_the_expression(expression):
    assert expand(derive(expression)) == expression


@given(expressions())
@settings(max_examples=50, deadline=None)
def test_values_follow_ordinary_precedence(expression):
    names = {"x": X, "sin": np.sin, "exp": np.exp}
    with np.errstate(all="ignore"):
        expected = np.broadcast_to(eval(expression, {}, names), X.shape)  # trusted: our own grammar
    np.testing.assert_array_equal(evaluate(expression, X), expected)


@given(st.text(alphabet="x123()+*/sinexp ", max_size=20))
@settings(max_examples=200, deadline=None)
def test_every_function_agrees_on_what_is_valid(text):
    valid = is_expression(text)
    assert (derive(text) is not None) == valid
    assert (evaluate(text, X) is not None) == valid


def test_derivation_is_leftmost_with_the_last_operator_first():
    assert derive("x+1*sin(2)") == [1, 0, 3, 7, 8, 5, 3, 9]


@pytest.mark.parametrize("text", ["", "1x", "x+", "sin(s)", "(", ")", "x)", "()", "4", "x y"])
def test_strings_outside_the_grammar_are_invalid(text):
    assert not is_expression(text)


@pytest.mark.parametrize("text", ["(" * 10**6, "(" * 10**5 + "x" + ")" * 10**5, "x+" * 10**5 + "x"])
def test_long_and_deep_strings_are_invalid_not_errors(text):
    assert derive(text) is None
    assert evaluate(text, X) is None


def test_the_deepest_string_allowed_is_handled():
    depth = (LONGEST - 1) // 2
    text = "(" * depth + "x" + ")" * depth
    assert expand(derive(text)) == text
    np.testing.assert_array_equal(evaluate(text, X), X)


@pytest.mark.parametrize("productions", [[], [3], [7], [3, 7, 7], [11], [3, 11, 7]])
def test_incomplete_or_unfitting_productions_expand_to_none(productions):
    assert expand(productions) is None
