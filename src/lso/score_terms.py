"""Latent scores at work: added to what is maximised, or as a limit that a search keeps within.

Both are measured once per model on encoded training objects (`calibrate`), so that settings have
no unit, and bound to the model whenever they are needed.
"""

import math
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from lso.latent_scores import LatentScore, Score


@dataclass(frozen=True)
class Penalty:
    """weight · (s(z) − mean) / sd, mean and standard deviation over encoded training objects.

    Source: ronen2024, penalised acquisition. There gradients of acquisition and score have unit
    length each before they are added, which needs no units; where values are added, this does it.

    Args:
        score: larger where decodes should be valid.
        weight: alpha; 0.5 in ronen2024.
        points: training objects that mean and deviation are measured on.
    """

    score: LatentScore
    weight: float = 0.5
    points: int = 100

    def __post_init__(self) -> None:
        if not 0 < self.weight < math.inf:
            raise ValueError(
                f"weight must be finite and > 0, came {self.weight}; leave out the penalty for 0"
            )
        if self.points < 2:
            raise ValueError(f"points must be >= 2, came {self.points}")

    def calibrate(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Float[Tensor, "2"]:
        """Mean and standard deviation of the score.

        Raises:
            ValueError: the score does not tell training objects apart.
        """
        values = _values(self.score, model, reference, self.points, generator)
        mean, deviation = values.mean(), values.std()
        if not deviation > 0:
            raise ValueError(f"{self.score} is {float(mean)} at every training object: no penalty")
        return torch.stack([mean, deviation])

    def bind(
        self,
        model: Any,
        reference: Float[Tensor, "m d"],
        calibration: Float[Tensor, "2"],
        generator: torch.Generator,
    ) -> Score:
        """Return the standardised score, still without its weight."""
        score = self.score.bind(model, reference, generator)
        mean, deviation = calibration.to(reference)
        return lambda z: (score(z) - mean) / deviation


@dataclass(frozen=True)
class Limit:
    """Points count as in the data region if at most a share of training objects scores less.

    Source: ronen2024, early stopping by a quantile of the uncertainty: there the largest 5 %.

    Args:
        score: larger where decodes should be valid.
        quantile: of the score over encoded training objects, in [0, 1).
        points: training objects that it is measured on.
    """

    score: LatentScore
    quantile: float = 0.05
    points: int = 1000

    def __post_init__(self) -> None:
        if not 0 <= self.quantile < 1:
            raise ValueError(f"quantile must be in [0, 1), came {self.quantile}")
        if self.points < 1:
            raise ValueError(f"points must be >= 1, came {self.points}")

    def calibrate(
        self, model: Any, reference: Float[Tensor, "m d"], generator: torch.Generator
    ) -> Float[Tensor, ""]:
        """The least score that is allowed."""
        values = _values(self.score, model, reference, self.points, generator)
        return values.quantile(self.quantile)

    def bind(
        self,
        model: Any,
        reference: Float[Tensor, "m d"],
        calibration: Float[Tensor, ""],
        generator: torch.Generator,
    ) -> Score:
        """Return by how much a point's score exceeds the least that is allowed."""
        score = self.score.bind(model, reference, generator)
        return lambda z: score(z) - calibration.to(z)


def encoded_objects(state: Any, points: int, generator: torch.Generator) -> Float[Tensor, "m d"]:
    """Latent points of at most so many random objects of a state's training set.

    Raises:
        ValueError: there are none, as on tasks without data.
    """
    objects, _ = state.training_data()
    if not objects:
        raise ValueError("a latent score is measured on training objects, but the task has none")
    chosen = torch.randperm(len(objects), generator=generator)[:points].tolist()
    known = state.model.representation.can_represent
    return state.model.encode([objects[i] for i in chosen if known(objects[i])]).double().cpu()


def _values(
    score: LatentScore,
    model: Any,
    reference: Float[Tensor, "m d"],
    points: int,
    generator: torch.Generator,
) -> Float[Tensor, "k"]:
    chosen = torch.randperm(len(reference), generator=generator)[:points].to(reference.device)
    with torch.no_grad():
        values = score.bind(model, reference, generator)(reference[chosen])
    if not values.isfinite().all():
        raise ValueError(f"{score} is not finite at {int((~values.isfinite()).sum())} objects")
    return values
