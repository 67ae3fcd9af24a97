"""A few steps of unit length, every candidate by itself."""

from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from lso.geometry.acquisition import ascent_path
from lso.optimisers._problem import Problem
from lso.regions._region import Charted
from lso.score_terms import Limit


@dataclass(frozen=True)
class Ascent:
    """Normalised gradient ascent of acquisition and score.

    Source: ronen2024, Algorithm of the released code, see `lso.geometry.acquisition.ascent_path`.

    Args:
        rate: length of a step in latent units: 0.8 for the paper's expressions, 0.003 for SMILES
            and 0.03 for SELFIES, whose latent points are closer together.
        steps: number of steps.
        stop: a candidate takes a step only if its end is within this limit.
    """

    rate: float
    steps: int = 10
    stop: Limit | None = None

    def __post_init__(self) -> None:
        if not self.rate > 0 or self.steps < 1:
            raise ValueError(f"rate and steps must be positive, came {self.rate} and {self.steps}")

    def improve(self, problem: Problem, starts: Float[Tensor, "q k"]) -> Float[Tensor, "q k"]:
        """Candidates from start coordinates within bounds."""
        return self.path(problem, starts)[-1]

    def path(self, problem: Problem, starts: Float[Tensor, "q k"]) -> Float[Tensor, "s q k"]:
        """Coordinates before, between and after the steps."""
        chart, score, margin = problem.chart, problem.score, problem.margin
        return ascent_path(
            Charted(problem.acquisition, chart),
            None if score is None else lambda u: score(chart.points(u)),
            starts,
            rate=self.rate / float(chart.scale),
            weight=problem.weight,
            steps=self.steps,
            accept=None if margin is None else lambda u: margin(chart.points(u)) >= 0,
            project=chart.clamp,
        )
