"""Strings as padded token sequences: SMILES, SELFIES or arithmetic expressions."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache

import numpy as np
import selfies
from jaxtyping import Int, Int16

from lso.arithmetic import is_expression
from lso.isolation import Isolated
from lso.molecules import canonical

PADDING = " "
STUMBLES = (LookupError, TypeError, ValueError, RecursionError)  # of selfies, over odd strings


@dataclass(frozen=True)
class Tokens:
    """Token indices, padded at the end.

    Objects are SMILES or expressions; `selfies` translates SMILES to the symbols of
    krenn2020 and back, the other languages take one token per character.

    Args:
        language: "smiles", "selfies" or "expression".
        length: tokens of all sequences; longer objects cannot be represented.
        vocabulary: the tokens in the order of their indices, among them the padding " "; empty
            means that `fit` fills it in.
    """

    language: str
    length: int
    vocabulary: Sequence[str] = ()

    def __post_init__(self):
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))
        if self.language not in (known := ("smiles", "selfies", "expression")):
            raise ValueError(f"no language {self.language!r}; known: {', '.join(known)}")
        if self.length < 1:
            raise ValueError(f"length must be at least 1 token, got {self.length}")
        if self.vocabulary and PADDING not in self.vocabulary:
            raise ValueError(f"the vocabulary lacks the padding {PADDING!r}: {self.vocabulary}")
        if len(set(self.vocabulary)) < len(self.vocabulary):
            raise ValueError(f"the vocabulary repeats a token: {self.vocabulary}")

    @property
    def padding(self) -> int:
        """Index of the padding."""
        return self.vocabulary.index(PADDING)

    def fit(self, objects: Sequence[str]) -> "Tokens":
        """Fill in the vocabulary: all tokens of objects short enough, sorted, then padding.

        A vocabulary given before is kept.
        """
        if self.vocabulary:
            return self
        split = (self._split(item) for item in objects)
        seen = {
            token for tokens in split if tokens and len(tokens) <= self.length for token in tokens
        }
        return replace(self, vocabulary=(*sorted(seen), PADDING))

    def can_represent(self, item: str) -> bool:
        """Tell whether all tokens of an object are known and not too many."""
        tokens = self._split(item)
        return bool(tokens) and len(tokens) <= self.length and set(tokens) <= set(self._known())

    def arrays(self, objects: Sequence[str]) -> Int16[np.ndarray, "n l"]:
        """Encode objects.

        Returns:
            (n, l) indices into the vocabulary.

        Raises:
            ValueError: where an object is empty, too long or has an unknown token.
        """
        known = self._known()
        arrays = np.full((len(objects), self.length), self.padding, dtype=np.int16)
        for row, item in zip(arrays, objects, strict=True):
            tokens = self._split(item)
            if not tokens:
                raise ValueError(f"no tokens in {item!r}")
            if len(tokens) > self.length:
                raise ValueError(
                    f"{item!r} has {len(tokens)} tokens, at most {self.length} are possible"
                )
            if unknown := [token for token in tokens if token not in known]:
                raise ValueError(f"{item!r} has unknown tokens {unknown}; known: {list(known)}")
            row[: len(tokens)] = [known[token] for token in tokens]
        return arrays

    def objects(self, arrays: Int[np.ndarray, "n l"]) -> list[str | None]:
        """Decode token indices, dropping padding wherever it stands.

        Returns:
            n canonical SMILES or expressions, `None` where invalid.
        """
        tokens = ["" if token == PADDING else token for token in self.vocabulary]
        texts = ["".join([tokens[index] for index in row]) for row in arrays.tolist()]
        distinct = list(dict.fromkeys(texts))
        decoded = dict(zip(distinct, _isolated(self.language)(distinct), strict=True))
        return [decoded[text] for text in texts]

    def _known(self) -> dict[str, int]:
        """Index of each token that an object may have."""
        return {token: i for i, token in enumerate(self.vocabulary) if token != PADDING}

    def _split(self, item: str) -> Sequence[str] | None:
        """Tokens of an object, `None` where it has no SELFIES."""
        if self.language != "selfies":
            return list(item)
        return _selfies_tokens(item)


@cache
def _isolated(language: str) -> Isolated:
    """From a string of tokens to the object that it stands for."""
    return Isolated(
        {"expression": _expression, "smiles": canonical, "selfies": _molecule}[language], None
    )


def _expression(text: str) -> str | None:
    return text if is_expression(text) else None


def _molecule(text: str) -> str | None:
    try:
        return canonical(selfies.decoder(text))
    except (selfies.DecoderError, *STUMBLES):
        return None


@lru_cache(maxsize=200_000)  # every retraining encodes the training set again
def _selfies_tokens(smiles: str) -> tuple[str, ...] | None:
    try:
        return tuple(selfies.split_selfies(selfies.encoder(smiles)))
    except (selfies.EncoderError, *STUMBLES):
        return None
