"""BoTorch's optimiser of all candidates together."""

from dataclasses import dataclass
from typing import ClassVar

from botorch.optim import optimize_acqf
from jaxtyping import Float
from torch import Tensor

from lso.geometry.acquisition import ScoredAcquisition
from lso.optimisers._problem import Problem
from lso.regions._region import Charted


@dataclass(frozen=True)
class Lbfgs:
    """L-BFGS-B of the joint acquisition of the batch, plus the mean score of its points.

    Source: ronen2024, baseline, where no score is added.

    Args:
        steps: at most so many iterations; BoTorch's default is 2,000.
    """

    steps: int = 200
    stop: ClassVar[None] = None

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise ValueError(f"steps must be >= 1, came {self.steps}")

    def improve(self, problem: Problem, starts: Float[Tensor, "q k"]) -> Float[Tensor, "q k"]:
        """Candidates from start coordinates within bounds."""
        acquisition = problem.acquisition
        if problem.score is not None:
            acquisition = ScoredAcquisition(acquisition, (problem.score, problem.weight))
        candidates, _ = optimize_acqf(
            Charted(acquisition, problem.chart),
            problem.chart.bounds,
            q=len(starts),
            num_restarts=1,
            batch_initial_conditions=starts[None],
            options={"maxiter": self.steps},
            retry_on_optimization_warning=False,  # it would draw from the global generator
        )
        return candidates
