"""Bayesian optimisation in batches, kept where the decoder is at home by a latent score."""

from dataclasses import dataclass, field

import torch
from botorch.acquisition import qLogExpectedImprovement
from botorch.sampling import SobolQMCNormalSampler
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.methods._surrogate_method import SurrogateMethod
from lso.optimisers._problem import Optimiser, Problem
from lso.regions._region import Region
from lso.regions.cube import Cube
from lso.score_terms import Limit
from lso.surrogates._exact import ExactSurrogate


@dataclass(frozen=True, kw_only=True)
class BatchBayesianOptimisation(SurrogateMethod):
    """Improve a batch of random known points by qLogEI and a latent score, ask them all.

    Source: ronen2024, its released code corrected: the surrogate is refitted to all valid data
    after every round (there it never sees a query), points start anywhere in the data (there
    never at a query), a trust region follows the best point. Deviation: objects are encoded
    without noise.

    Args:
        optimiser: how points are improved: `ascent`, as in the paper, or `lbfgs`.
        batch_size: q, points asked together.
        samples: of the posterior in qLogEI.
        random_points: random objects in the surrogate's first data; 1,500 in the paper.
        surrogate: an exact process; see `SurrogateMethod` for this and all others. The
            penalty's weight counts as `ascent` or `lbfgs` says.
    """

    optimiser: Optimiser
    batch_size: int = 10
    samples: int = 512
    best_points: int = 0
    random_points: int = 1500
    refit_every: int = 1
    region: Region = field(default_factory=lambda: Cube(None))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("batch_size", "samples"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be >= 1, came {getattr(self, name)}")
        if not isinstance(self.surrogate, ExactSurrogate):
            raise ValueError(
                "a batch needs the joint posterior of an exact surrogate, such as "
                f"exact_gaussian_process; came {type(self.surrogate).__name__}"
            )

    @property
    def queries_per_round(self) -> int:
        """One batch."""
        return self.batch_size

    @property
    def limit(self) -> Limit | None:
        """The optimiser's."""
        return self.optimiser.stop

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"]:
        """The improved points."""
        problem, starts = self.problem(state, generator)
        return problem.chart.points(self.optimiser.improve(problem, starts)).detach().cpu()

    def problem(
        self, state: State, generator: torch.Generator
    ) -> tuple[Problem, Float[Tensor, "q k"]]:
        """What is maximised now, and coordinates of random known points to start from."""
        posterior = self.posterior(state)
        evidence = self.evidence(state, posterior)
        chart = self.region.chart(evidence, generator)
        chosen = torch.randperm(len(evidence.z), generator=generator)[: self.batch_size]
        starts = evidence.z[chosen.to(evidence.z.device)]
        seed = int(torch.randint(2**31, (), generator=generator))
        acquisition = qLogExpectedImprovement(
            posterior.model,
            best_f=posterior.standardised(evidence.y.max()),
            sampler=SobolQMCNormalSampler(torch.Size([self.samples]), seed=seed),
        )
        problem = Problem(
            acquisition,
            chart,
            self.bound_term("penalty", self.penalty, state, generator),
            0.0 if self.penalty is None else self.penalty.weight,
            self.bound_term("limit", self.limit, state, generator),
        )
        return problem, chart.clamp(chart.coordinates(starts))
