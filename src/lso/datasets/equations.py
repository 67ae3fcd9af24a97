"""The arithmetic expressions of the Grammar VAE, enumerated."""

from dataclasses import dataclass
from itertools import islice, product

from lso.datasets._text import draw_subset


@dataclass(frozen=True)
class Equations:
    """Expressions of the form a∘b + u + v, in the order of the published file.

    a and b are leaves x, 1, 2, 3 and ∘ one of + * /; u is a leaf, bare or inside a bracket, sin
    or exp; v is the same, where the inside may also be two leaves joined by + * /. The first
    100,000 of these 122,880 are the published data set, line by line.

    Source: kusner2017, Sec. 5.2 (the authors' released data; they do not state this form).

    Args:
        number: how many to enumerate.
        limit: size of a random subset of these, in the same order; all if `None`.
        seed: seed of the subset.
    """

    number: int = 100_000
    limit: int | None = None
    seed: int = 0

    def __post_init__(self):
        if not 1 <= self.number <= 122_880:
            raise ValueError(f"number must be in [1, 122880], got {self.number}")
        if self.limit is not None and not 1 <= self.limit <= self.number:
            raise ValueError(f"limit must be in [1, {self.number}], got {self.limit}")

    def objects(self, files: dict[str, bytes]) -> list[str]:
        """Enumerate the expressions; no file is needed."""
        leaves = ("x", "1", "2", "3")
        pairs = [a + sign + b for sign, a, b in product("+*/", leaves, leaves)]
        opened = ("(", "sin(", "exp(")
        inner = [f"{function}{leaf})" for function in opened for leaf in leaves]
        last = [f"{function}{inside})" for function in opened for inside in (*pairs, *leaves)]
        terms = product(pairs, (*inner, *leaves), (*last, *leaves))
        return draw_subset(map("+".join, islice(terms, self.number)), self.limit, self.seed)
