"""Bayesian optimisation: a surrogate of the scores says which latent point to ask next."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.methods._surrogate_method import SurrogateMethod
from lso.surrogates._surrogate import Posterior
from lso.surrogates.acquisition import Acquisition, ExpectedImprovement, maximise


@dataclass(frozen=True, kw_only=True)
class BayesianOptimisation(SurrogateMethod):
    """Ask the latent point of largest expected improvement under a surrogate.

    Source: tripp2020, Sec. 4 and supplement, and the authors' released code. Deviation: they
    refit after every query (`refit_every=1`) and maximise the expected improvement itself
    (`logarithm=False`), whose flat regions end most searches where they start.

    Args:
        threshold_quantile: improvements count from this quantile of the surrogate's scores.
        logarithm: maximise log EI.
        prior_starts: searches that start from a standard normal in the region's coordinates.
        good_starts: searches that start from different good points of the data.
        good_quantile: points at or above this quantile of the scores are good.
        successes: searches that must succeed before the rest is skipped.
        evaluations: end a search after so many, where the penalty is dear; None: at convergence.
        surrogate: see `SurrogateMethod`, as are `invalid_value`, `best_points`,
            `random_points`, `refit_every`, `region` and `penalty`, whose weight is in units of
            the acquisition (nats of log EI) per standard deviation of the score.
    """

    threshold_quantile: float = 0.9
    logarithm: bool = True
    prior_starts: int = 10
    good_starts: int = 10
    good_quantile: float = 0.8
    successes: int = 1
    evaluations: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("prior_starts", "good_starts"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if self.prior_starts + self.good_starts == 0:
            raise ValueError("one of prior_starts and good_starts must be positive, got 0 and 0")
        if self.successes < 1:
            raise ValueError(f"successes must be at least 1, got {self.successes}")
        if self.evaluations is not None and self.evaluations < 1:
            raise ValueError(f"evaluations must be at least 1 or null, got {self.evaluations}")
        for name in ("threshold_quantile", "good_quantile"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")

    @property
    def queries_per_round(self) -> int:
        """One: every query is digested before the next."""
        return 1

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "1 d"]:
        """The latent point of largest expected improvement found."""
        posterior = self.posterior(state)
        evidence = self.evidence(state, posterior)
        chart = self.region.chart(evidence, generator)
        starts = self._starts(chart.coordinates(evidence.z), evidence.y, generator)
        acquisition = self._acquisition(state, posterior, evidence.y, generator)
        best = maximise(
            lambda u: acquisition(chart.points(u)),
            starts,
            chart.bounds,
            self.successes,
            self.evaluations,
        )
        return chart.points(best)[None].cpu()

    def _acquisition(
        self,
        state: State,
        posterior: Posterior,
        y: Float[Tensor, "n"],
        generator: torch.Generator,
    ) -> Acquisition:
        threshold = float(np.quantile(y.cpu().numpy(), self.threshold_quantile))
        improvement = ExpectedImprovement(posterior.predict, threshold, self.logarithm)
        score = self.bound_term("penalty", self.penalty, state, generator)
        if score is None:
            return improvement
        return lambda z: improvement(z) + self.penalty.weight * score(z).to(z)

    def _starts(
        self, points: Float[Tensor, "n k"], y: Float[Tensor, "n"], generator: torch.Generator
    ) -> Float[Tensor, "s k"]:
        """Standard normal draws and different good points, shuffled."""
        prior = torch.randn(
            self.prior_starts, points.shape[1], generator=generator, dtype=points.dtype
        )
        good = points[y >= float(np.quantile(y.cpu().numpy(), self.good_quantile))]
        chosen = torch.randperm(len(good), generator=generator)[: self.good_starts]
        starts = torch.cat([prior.to(good), good[chosen.to(good.device)]])
        return starts[torch.randperm(len(starts), generator=generator).to(starts.device)]
