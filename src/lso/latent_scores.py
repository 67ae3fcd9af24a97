"""Scores of latent points as a config names them; all are larger where decodes should be valid.

An entry holds settings; `bind` gives a function that maps (n, d) to (n,) for one model.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry import comparison_scores
from lso.geometry._decoder import draw_seed
from lso.geometry.exploration_score import LatentExplorationScore

Score = Callable[[Tensor], Tensor]


@runtime_checkable
class LatentScore(Protocol):
    """Settings of a score."""

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score of a model's latent points.

        Args:
            model: a decoder, or anything with a method `logits`; it is copied.
            reference: encoded training objects.
            generator: source of dropout masks.
        """
        ...


@dataclass(frozen=True)
class ExplorationScore:
    """LES, see `lso.geometry.exploration_score`.

    Args:
        arithmetic: `exact`; `detached`, whose gradient holds the slope constant, as in the paper;
            `released`, the arithmetic of the authors' code.
        dropout: score with dropout on, as in the authors' code.
    """

    arithmetic: Literal["exact", "detached", "released"] = "exact"
    dropout: bool = False

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score."""
        masks = generator if self.dropout else None
        if self.arithmetic == "released":
            return LatentExplorationScore.as_released(model, masks)
        return LatentExplorationScore(model, gradient=self.arithmetic, dropout=masks)


@dataclass(frozen=True)
class Polarity:
    """-½ log det(AᵀA) of the decoder's Jacobian alone."""

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score."""
        return comparison_scores.Polarity(model)


@dataclass(frozen=True)
class Prior:
    """-zᵀz."""

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score."""
        return comparison_scores.Prior()


@dataclass(frozen=True)
class Likelihood:
    """Σ_t log max_v softmax(l_t)_v.

    Args:
        dropout: score with dropout on, as in the authors' code.
    """

    dropout: bool = False

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score."""
        score = comparison_scores.Likelihood(model)
        if not self.dropout:
            return score

        def noisy(z: Tensor) -> Tensor:
            with score.decoder.dropout(draw_seed(generator)):
                return score(z)

        return noisy


@dataclass(frozen=True)
class Certainty:
    """Minus the uncertainty by dropout masks.

    Args:
        models: passes that are compared.
        repeats: references; the authors take 10 in optimisation and 40 in detection.
    """

    models: int = 10
    repeats: int = 10

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score; raises ValueError if the model has no dropout."""
        uncertainty = comparison_scores.Uncertainty(model, generator, self.models, self.repeats)
        uncertainty.decoder.require_dropout()
        return lambda z: -uncertainty(z)


@dataclass(frozen=True)
class TrainingDistance:
    """Minus the mean distance to the nearest encoded training objects.

    Args:
        neighbours: how many.
    """

    neighbours: int = 3

    def bind(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Score:
        """Return the score."""
        return comparison_scores.TrainingDistance(reference, self.neighbours)
