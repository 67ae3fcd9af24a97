"""What is maximised, and what every optimiser of it offers."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from botorch.acquisition import AcquisitionFunction
from jaxtyping import Float
from torch import Tensor

from lso.latent_scores import Score
from lso.regions._region import Chart
from lso.score_terms import Limit


@dataclass(frozen=True)
class Problem:
    """An acquisition function, where to look, and what the decoder says.

    Args:
        acquisition: of latent points, (b, q, d) to (b,).
        chart: coordinates and their bounds.
        score: a penalty's standardised score, (n, d) to (n,); None for the acquisition alone.
        weight: of the score.
        margin: by how much latent points are within the optimiser's limit; None for no limit.
    """

    acquisition: AcquisitionFunction
    chart: Chart
    score: Score | None = None
    weight: float = 0.0
    margin: Score | None = None


@runtime_checkable
class Optimiser(Protocol):
    """A frozen dataclass whose fields are its settings.

    `stop` is a limit that no accepted step may cross, or None.
    """

    stop: Limit | None

    def improve(self, problem: Problem, starts: Float[Tensor, "q k"]) -> Float[Tensor, "q k"]:
        """Candidates from start coordinates within bounds."""
        ...
