"""Random decoded strings through every objective: `make fuzz`, or with another number behind it.

Half are random characters of what SMILES and expressions are written with, a quarter random
SELFIES (valid molecules, most of them absurd), a quarter random derivations of the grammar.
"""

import logging
import sys
import time
from collections import Counter

import numpy as np
import selfies

from lso import isolation
from lso.arithmetic import PRODUCTIONS, expand
from lso.objectives.expression_error import ExpressionError
from lso.objectives.guacamol import Guacamol
from lso.objectives.penalised_logp import PenalisedLogp
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.objectives.square_area import SquareArea
from lso.objectives.target_distance import TargetDistance

CHARACTERS = "CNOPSFIBrclnos()[]=#@+-*/\\.%:123456789HxX sinep\0é'\"_;{}`$"
SYMBOLS = sorted(selfies.get_semantic_robust_alphabet())
OBJECTIVES = {
    "penalised logP": PenalisedLogp(),
    "ranolazine": Guacamol("ranolazine"),
    "zaleplon, filtered": Guacamol("zaleplon", filtered=True),
    "expression error": ExpressionError(),
    "square area": SquareArea(),
    "target distance": TargetDistance(target=bytes(512)),
    "Rastrigin goodness": RastriginGoodness(seed=0, length=64),
}


def decoded_strings(number: int, random: np.random.Generator) -> list[str]:
    """Draw strings of up to 200 characters, 60 symbols or 30 productions."""
    makers = [_characters, _characters, _molecule, _expression]
    return [makers[i % len(makers)](random) for i in range(number)]


def _characters(random: np.random.Generator) -> str:
    return "".join(random.choice(list(CHARACTERS), random.integers(0, 200)))


def _molecule(random: np.random.Generator) -> str:
    return selfies.decoder("".join(random.choice(SYMBOLS, random.integers(1, 60))))


def _expression(random: np.random.Generator) -> str:
    """A derivation that opens no more than it can close."""
    stack, productions = ["S"], []
    while stack:
        symbol = stack.pop()
        fits = [i for i, (left, _) in enumerate(PRODUCTIONS) if left == symbol]
        short = fits[3:] if symbol == "T" else fits[-1:]
        index = int(random.choice(fits if len(productions) < 30 else short))
        productions.append(index)
        stack += [s for s in reversed(PRODUCTIONS[index][1]) if s in ("S", "T")]
    return expand(productions) or ""


def push(name: str, texts: list[str]) -> Counter:
    """Score strings with one objective, in batches; count what came of them."""
    counts, start = Counter(), time.monotonic()
    for i in range(0, len(texts), 1000):
        y = OBJECTIVES[name](texts[i : i + 1000])
        counts.update(scored=int(np.isfinite(y).sum()), invalid=int(np.isnan(y).sum()))
    return counts + Counter(infinite=len(texts) - counts.total(), seconds=time.monotonic() - start)


class GivenUp(logging.Handler):
    """Counts the strings on which a process crashed or took too long."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.messages: list[str] = []
        isolation.logger.addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep a message."""
        self.messages.append(record.getMessage())


def main(number: int) -> None:
    """Print a table: strings, how many got a score, were invalid, crashed or hung."""
    given_up = GivenUp()
    texts = decoded_strings(number, np.random.default_rng(0))
    print("| objective | strings | scored | invalid | infinite | given up | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    for name in OBJECTIVES:
        before = len(given_up.messages)
        counts = push(name, texts)
        row = [name, number, counts["scored"], counts["invalid"], counts["infinite"]]
        row += [len(given_up.messages) - before, f"{counts['seconds']:.0f}"]
        print(f"| {' | '.join(map(str, row))} |", flush=True)
    print(*given_up.messages, sep="\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
