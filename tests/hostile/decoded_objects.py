"""Random decoded objects through every objective: `make fuzz`.

    python tests/hostile/decoded_objects.py [NUMBER] [CHECKPOINT ...]

Strings come in equal parts from random characters of what SMILES and expressions are written with,
random SELFIES (valid molecules, most of them absurd), random derivations of the grammar, decoders
(untrained ones, and those of checkpoints that are named), and code that must not run. Images are
decodes of untrained decoders and random bytes, of the right size or not.
"""

import logging
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from itertools import chain, count, cycle, islice

import numpy as np
import selfies
import torch

from lso import isolation
from lso.arithmetic import PRODUCTIONS, expand
from lso.checkpoints import read_model
from lso.interfaces import Model, Object
from lso.models.autoregressive import Autoregressive
from lso.models.convolutional import Convolutional
from lso.models.grammar import Grammar as GrammarModel
from lso.objectives.expression_error import ExpressionError
from lso.objectives.generated_target import GeneratedTarget
from lso.objectives.guacamol import Guacamol
from lso.objectives.ink import Ink
from lso.objectives.penalised_logp import PenalisedLogp
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.objectives.square_area import SquareArea
from lso.objectives.target_distance import TargetDistance
from lso.representations.binary_image import BinaryImage
from lso.representations.grammar import Grammar
from lso.representations.tokens import Tokens

CHARACTERS = list("CNOPSFIBrclnos()[]=#@+-*/\\.%:123456789HxX sinep\0é'\"_;{}`$")
SYMBOLS = sorted(selfies.get_semantic_robust_alphabet())
CRATER = "crater"  # a folder that any code that ran would have made
CODE = [f"__import__('os').mkdir('{CRATER}')", f"$(mkdir {CRATER})", f"`mkdir {CRATER}`", "{0!r}"]
VOCABULARY = (*SYMBOLS, " ")
# decoders with other weights for every seed, by what they decode to
UNTRAINED = {
    str: [
        lambda seed: Autoregressive(Tokens("selfies", 60, VOCABULARY), latent_dim=8, seed=seed),
        lambda seed: GrammarModel(Grammar(30), latent_dim=8, seed=seed),
    ],
    bytes: [lambda seed: Convolutional(BinaryImage(64), seed=seed)],
}
# name -> an objective, and what its objects are
OBJECTIVES = {
    "penalised logP": (PenalisedLogp(), str),
    "GuacaMol, ranolazine": (Guacamol("ranolazine"), str),
    "GuacaMol, zaleplon, filtered": (Guacamol("zaleplon", filtered=True), str),
    "expression error": (ExpressionError(), str),
    "square area": (SquareArea(), bytes),
    "ink": (Ink(), bytes),
    "target distance, float64": (TargetDistance(bytes(512), "float64"), bytes),
    "generated target": (GeneratedTarget(0, Convolutional(BinaryImage(64))), bytes),
    "Rastrigin goodness": (RastriginGoodness(seed=0, length=64), bytes),
}


def strings(random: np.random.Generator, trained: list[Model]) -> Iterator[str]:
    """Yield strings of up to 200 characters, 60 symbols or some 30 productions, without end."""
    sources = [
        ("".join(random.choice(CHARACTERS, random.integers(200))) for _ in count()),
        (selfies.decoder("".join(random.choice(SYMBOLS, random.integers(1, 60)))) for _ in count()),
        (_derivation(random) for _ in count()),
        decodes(random, trained, str),
        ("".join(random.choice(CHARACTERS, random.integers(9))) + code for code in cycle(CODE)),
    ]
    return chain.from_iterable(zip(*sources, strict=True))


def images(random: np.random.Generator, trained: list[Model]) -> Iterator[bytes]:
    """Yield images of 64 x 64 bits or 64 numbers, and bytes that are none, without end."""
    sources = [
        decodes(random, trained, bytes),
        (random.bytes(512) for _ in count()),
        (random.normal(scale=10.0 ** random.integers(-9, 9), size=64).tobytes() for _ in count()),
        (random.bytes(random.integers(2000)) for _ in count()),
    ]
    return chain.from_iterable(zip(*sources, strict=True))


def decodes(
    random: np.random.Generator, trained: list[Model], kind: type[Object]
) -> Iterator[Object]:
    """Yield objects of a kind that decoders make of points near and far, without end."""
    generator = torch.Generator().manual_seed(int(random.integers(2**31)))
    scales = 10 ** torch.linspace(-1, 1.5, 100, dtype=torch.float64)[:, None]
    for seed in count():
        for model in [*(make(seed) for make in UNTRAINED[kind]), *trained]:
            z = torch.randn(100, model.latent_dim, generator=generator, dtype=torch.float64)
            decoded = model.eval().decode(scales * z, generator)
            yield from (item for item in decoded if isinstance(item, kind))


def _derivation(random: np.random.Generator) -> str:
    """An expression that opens no more than it can close."""
    stack, productions = ["S"], []
    while stack:
        symbol = stack.pop()
        fits = [i for i, (left, _) in enumerate(PRODUCTIONS) if left == symbol]
        short = fits[3:] if symbol == "T" else fits[-1:]
        allowed = fits if len(productions) < 30 else short
        productions.append(allowed[random.integers(len(allowed))])
        stack += [s for s in reversed(PRODUCTIONS[productions[-1]][1]) if s in ("S", "T")]
    return expand(productions) or ""


class GivenUp(logging.Handler):
    """Counts the objects on which a process took too long or died."""

    def __init__(self):
        super().__init__(logging.WARNING)
        self.counts = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep why."""
        self.counts["died" if "died" in record.getMessage() else "timed out"] += 1


def push(name: str, objects: list[Object]) -> str:
    """Score objects with one objective, in batches: a row of the table."""
    isolation.logger.addHandler(given_up := GivenUp())
    counts, start, objective = Counter(), time.monotonic(), OBJECTIVES[name][0]
    for i in range(0, len(objects), 1000):
        y = objective(objects[i : i + 1000])
        counts.update(valid=int(np.isfinite(y).sum()), refused=int(np.isnan(y).sum()))
    seconds = time.monotonic() - start
    isolation.logger.removeHandler(given_up)
    row = [len(objects), counts["valid"], counts["refused"], len(objects) - counts.total()]
    row += [given_up.counts["timed out"], given_up.counts["died"]]
    return f"| {name} | {' | '.join(f'{n:,}' for n in row)} | {seconds:.0f} |"


def main(number: int, checkpoints: list[str]) -> None:
    """Print a table: how many objects got a score, were refused, were infinite, hung, crashed."""
    random = np.random.default_rng(0)
    trained = [read_model(path)[0] for path in checkpoints]
    texts = strings(random, trained)
    objects = {
        str: list(islice(texts, number)),
        bytes: list(islice(images(random, trained), number)),
    }
    os.chdir(tempfile.mkdtemp())
    print("| objective | objects | valid | refused | infinite | timed out | died | seconds |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with ProcessPoolExecutor(2) as pool:
        for row in pool.map(push, OBJECTIVES, (objects[kind] for _, kind in OBJECTIVES.values())):
            print(row, flush=True)
    print(
        f"{len(set(objects[str])):,} strings and {len(set(objects[bytes])):,} images were distinct."
    )
    if os.listdir():
        sys.exit(f"code was executed: it left {os.listdir()}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000, sys.argv[2:])
