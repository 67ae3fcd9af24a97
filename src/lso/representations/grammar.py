"""Arithmetic expressions as production sequences of their grammar.

Source: kusner2017, Sec. 3.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Int8
from torch import Tensor

from lso.arithmetic import PADDING, PRODUCTIONS, derive, expand

_SYMBOLS = ("Nothing", "S", "T")  # "Nothing" is what lies below an empty stack
_LEFT = tuple(_SYMBOLS.index(left) for left, _ in PRODUCTIONS)
_PUSHED = tuple(  # the non-terminals a production leaves on the stack, leftmost last
    tuple(_SYMBOLS.index(symbol) for symbol in reversed(right) if symbol in _SYMBOLS)
    for _, right in PRODUCTIONS
)


@dataclass(frozen=True)
class Grammar:
    """Leftmost derivations, padded at the end.

    Args:
        max_productions: length of all sequences; longer derivations cannot be represented.
    """

    max_productions: int = 15

    def __post_init__(self):
        if self.max_productions < 2:
            raise ValueError(f"max_productions must be at least 2, got {self.max_productions}")

    @property
    def length(self) -> int:
        """Length of a sequence."""
        return self.max_productions

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The productions in the order of their indices, padding last."""
        return tuple(f"{left} -> {' '.join(right)}" for left, right in PRODUCTIONS)

    def fit(self, objects: Sequence[str]) -> "Grammar":
        """Nothing is learnt from data."""
        return self

    def can_represent(self, item: str) -> bool:
        """Tell whether an object is an expression of at most `max_productions` productions."""
        productions = derive(item)
        return productions is not None and len(productions) <= self.max_productions

    def arrays(self, objects: Sequence[str]) -> Int8[np.ndarray, "n l"]:
        """Derive expressions.

        Returns:
            (n, l) indices into the productions.

        Raises:
            ValueError: where an object is no expression or has too long a derivation.
        """
        arrays = np.full((len(objects), self.max_productions), PADDING, dtype=np.int8)
        for row, item in zip(arrays, objects, strict=True):
            productions = derive(item)
            if productions is None:
                raise ValueError(f"not an expression of the grammar: {item!r}")
            if len(productions) > len(row):
                raise ValueError(
                    f"{item!r} has {len(productions)} productions, at most {len(row)} are possible"
                )
            row[: len(productions)] = productions
        return arrays

    def objects(self, arrays: Int[np.ndarray, "n l"]) -> list[str | None]:
        """Write out expressions, `None` where the productions are no complete derivation."""
        return [expand(row) for row in arrays.tolist()]

    def masks(self, productions: Int[Tensor, "n l"]) -> Bool[Tensor, "n l v"]:
        """Mark the productions that share the left-hand side of the true ones.

        Source: kusner2017, Eq. 2.
        """
        return _permitted(productions.device)[_left(productions.device)[productions.long()]]

    def masked_decode(
        self, logits: Float[Tensor, "n l v"], attempts: int, generator: torch.Generator
    ) -> list[str | None]:
        """Sample derivations and keep the most frequent valid one of each point.

        Each step draws from softmax(logits) over the productions that the symbol on top of the
        stack permits. The first seen wins ties.

        Source: kusner2017, Alg. 1; attempts and vote as in the authors' released code.

        Args:
            logits: (n, l, v) unnormalised log probabilities.
            attempts: derivations sampled per point.
            generator: source of the Gumbel noise.

        Returns:
            n expressions, `None` where no attempt ended in a complete derivation.
        """
        productions, complete = self._sample(logits.repeat_interleave(attempts, 0), generator)
        rows = [row.tobytes() for row in productions.to(torch.int8).cpu().numpy()]
        complete = complete.tolist()
        expressions = []
        for start in range(0, len(rows), attempts):
            attempted = range(start, start + attempts)
            votes = Counter(rows[i] for i in attempted if complete[i])
            winner = votes.most_common(1)[0][0] if votes else ()  # the empty derivation is none
            expressions.append(expand(list(winner)))
        return expressions

    def _sample(
        self, logits: Float[Tensor, "n l v"], generator: torch.Generator
    ) -> tuple[Int[Tensor, "n l"], Bool[Tensor, "n"]]:
        """Run n stack automata side by side: production sequences, and which of them finished."""
        n, length, _ = logits.shape
        device = logits.device
        permitted, left = _permitted(device), _left(device)
        pushed = torch.tensor([(*p, 0, 0)[:2] for p in _PUSHED], device=device)
        pushes = torch.tensor([len(p) for p in _PUSHED], device=device)
        noise = torch.empty(logits.shape, dtype=logits.dtype, device=generator.device)
        gumbel = -noise.exponential_(generator=generator).log().to(device)

        points = torch.arange(n, device=device)
        stack = torch.zeros(n, length + 3, dtype=torch.long, device=device)  # "Nothing" below all
        stack[:, 1] = _SYMBOLS.index("S")
        top = torch.ones(n, dtype=torch.long, device=device)
        productions = torch.empty(n, length, dtype=torch.long, device=device)
        for step in range(length):
            allowed = permitted[stack[points, top]]  # (n, v)
            choice = (logits + gumbel)[:, step].masked_fill(~allowed, -torch.inf).argmax(1)
            productions[:, step] = choice
            popped = top - (left[choice] != 0).long()  # an empty stack stays empty
            for position in range(2):
                pushing = pushes[choice] > position
                place = popped + position + 1
                stack[points[pushing], place[pushing]] = pushed[choice[pushing], position]
            top = popped + pushes[choice]
        return productions, top == 0


def _left(device: torch.device) -> Int[Tensor, "v"]:
    """The left-hand side of every production."""
    return torch.tensor(_LEFT, device=device)


def _permitted(device: torch.device) -> Bool[Tensor, "s v"]:
    """Which productions each symbol permits."""
    return torch.arange(len(_SYMBOLS), device=device)[:, None] == _left(device)
