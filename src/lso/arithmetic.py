"""The grammar of arithmetic expressions in x: derivations, and values by ordinary precedence.

Source: kusner2017, Sec. 5. An expression is a string without blanks, such as `1/3+x+sin(x*x)`.
All functions scan it once and never recurse, so that hostile strings are merely invalid.
"""

import re
from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

PRODUCTIONS = (
    ("S", ("S", "+", "T")),
    ("S", ("S", "*", "T")),
    ("S", ("S", "/", "T")),
    ("S", ("T",)),
    ("T", ("(", "S", ")")),
    ("T", ("sin(", "S", ")")),
    ("T", ("exp(", "S", ")")),
    ("T", ("x",)),
    ("T", ("1",)),
    ("T", ("2",)),
    ("T", ("3",)),
    ("Nothing", ()),  # padding after a finished derivation
)
PADDING = len(PRODUCTIONS) - 1
LONGEST = 1000  # characters; beyond it an expression counts as invalid

_TOKEN = re.compile(r"sin\(|exp\(|[()+*/x123]")
_OPERATORS = {right[1]: i for i, (_, right) in enumerate(PRODUCTIONS[:3])}
_SINGLE = 3
_OPERANDS = {right[0]: i for i, (left, right) in enumerate(PRODUCTIONS) if left == "T"}
_FUNCTIONS = {"(": lambda value: value, "sin(": np.sin, "exp(": np.exp}


def is_expression(text: str) -> bool:
    """Tell whether a string follows the grammar."""
    return _tokens(text) is not None


def derive(expression: str) -> list[int] | None:
    """Find the leftmost derivation of an expression.

    Source: kusner2017, Sec. 3.

    Args:
        expression: a string without blanks.

    Returns:
        Indices into `PRODUCTIONS` without padding, or `None` where the grammar is violated.
    """
    tokens = _tokens(expression)
    if tokens is None:
        return None
    operators, operands = [[]], [[]]  # one of each per open bracket
    for token in tokens:
        if token in _OPERATORS:
            operators[-1].append(_OPERATORS[token])
        elif token == ")":
            inner = _sum_first(operators.pop(), operands.pop())
            operands[-1] += inner
        else:
            operands[-1].append(_OPERANDS[token])
            if token in _FUNCTIONS:
                operators.append([])
                operands.append([])
    return _sum_first(operators[0], operands[0])


def expand(productions: Sequence[int]) -> str | None:
    """Write out the expression of a leftmost derivation, the inverse of `derive`.

    Args:
        productions: indices into `PRODUCTIONS`; padding may follow.

    Returns:
        The expression, or `None` where a production does not fit or symbols remain.
    """
    stack, text = ["S"], []
    for index in productions:
        left, right = PRODUCTIONS[index]
        if left != (stack.pop() if stack else "Nothing"):
            return None
        stack.extend(reversed(right))
        while stack and stack[-1] not in ("S", "T"):
            text.append(stack.pop())
    return None if stack else "".join(text)


def evaluate(expression: str, x: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"] | None:
    """Evaluate an expression at every x, with * and / before +, as the authors' code does.

    The grammar itself knows no precedence: its derivation of `x+x*x` groups the sum first.

    Args:
        expression: a string without blanks.
        x: (n,) float64 abscissae.

    Returns:
        (n,) values, infinite or NaN where arithmetic overflows; `None` where it does not parse.
    """
    tokens = _tokens(expression)
    if tokens is None:
        return None
    opened = []
    total, product, operator = 0.0, np.float64(1.0), "*"
    with np.errstate(all="ignore"):
        for token in tokens:
            if token in _FUNCTIONS:
                opened.append((token, total, product, operator))
                total, product, operator = 0.0, np.float64(1.0), "*"
            elif token == "+":
                total, product, operator = total + product, np.float64(1.0), "*"
            elif token in _OPERATORS:
                operator = token
            else:
                if token == ")":
                    value = total + product
                    function, total, product, operator = opened.pop()
                    value = _FUNCTIONS[function](value)
                else:
                    value = x if token == "x" else float(token)
                product = product * value if operator == "*" else product / value
        return np.broadcast_to(total + product, x.shape)


def _tokens(text: str) -> list[str] | None:
    """Split a string into terminals, `None` unless they form an expression."""
    tokens = _TOKEN.findall(text) if len(text) <= LONGEST else []
    if "".join(tokens) != text:
        return None
    depth, wants_operand = 0, True
    for token in tokens:
        if wants_operand and token in _OPERANDS:
            wants_operand = token in _FUNCTIONS
            depth += wants_operand
        elif not wants_operand and token in _OPERATORS:
            wants_operand = True
        elif not wants_operand and token == ")" and depth > 0:
            depth -= 1
        else:
            return None
    return None if wants_operand or depth else tokens


def _sum_first(operators: list[int], operands: list[int]) -> list[int]:
    """Order the productions of one S: its operators from the last to the first, then operands."""
    return [*reversed(operators), _SINGLE, *operands]
