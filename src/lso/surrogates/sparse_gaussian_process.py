"""Sparse Gaussian process regression on at most a few hundred inducing points."""

import logging
import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import softplus

from lso.surrogates._collapsed_bound import (
    FeatureProducts,
    collapsed_bound,
    factorise,
    squared_exponential,
)
from lso.surrogates._inducing_points import choose_inducing_points
from lso.surrogates._sparse_posterior import SparsePosterior
from lso.surrogates._standardisation import (
    identity_scaling,
    positive_variance,
    standardise,
    standardising,
)

logger = logging.getLogger(__name__)

SMALLEST_NOISE = 1e-6  # of the variance of the scores in use
KERNEL_AND_NOISE = ("lengthscales", "variance", "noise")


@dataclass(frozen=True)
class SparseGaussianProcess:
    """Gaussian process with zero mean, a squared exponential kernel and inducing points.

    Hyper-parameters and inducing points maximise the collapsed bound (titsias2009, Eq. 9) by
    Adam in two stages: kernel and noise at fixed inducing points, then everything. A refit
    starts from the previous values and is the second stage only.

    Source: tripp2020, supplement, and the authors' released code. Deviations, for at n = 10,000
    and m = 500 one step takes half a second of one core: stages are capped, and a fit to more
    than `subset` points is one to a random part of them, followed by a refit to all. Further:
    float64 instead of float32, and first length scales of √d standard deviations, at which
    far points still see each other, instead of 1. L-BFGS on the same bound and gradient was
    measured and not taken: after equal evaluations its bound was between 0.01 nats per point
    better and 0.07 worse, and from length scales of 1 it ended where all is noise.

    Args:
        inducing_points: at most so many; all distinct points if there are fewer.
        standardise: shift and scale inputs and scores by one scalar mean and standard
            deviation each, taken over all entries of the data of `fit`.
        initial_lengthscale: in units of the inputs in use; `None` for √d of their standard
            deviation. The paper's is 1.
        subset: random points that both stages of a fit see, where there are more; None for all,
            as in the paper.
        first_stage_steps: cap of the first stage; the paper's, like the next, is 100,000.
        second_stage_steps: cap of the second stage.
        refit_steps: cap of a refit, and of the steps on all data that end a fit to a subset. Few
            of them leave a fit to a subset much as it is; they are meant for a refit per query.
        check_every: steps between two checks of convergence.
        first_tolerance: relative change of the loss between checks that ends the first stage.
        second_tolerance: the same for the second stage and for refits.
        kmeans_starts: initialisations of the inducing points' KMeans; the paper's is 25.
        jitter: relative jitter of the inducing points' kernel matrix.
    """

    inducing_points: int = 500
    standardise: bool = True
    initial_lengthscale: float | None = None
    subset: int | None = 2000
    first_stage_steps: int = 200
    second_stage_steps: int = 200
    refit_steps: int = 50
    check_every: int = 100
    first_tolerance: float = 0.025
    second_tolerance: float = 0.0005
    kmeans_starts: int = 3
    jitter: float = 1e-6

    def __post_init__(self) -> None:
        for name in ("inducing_points", "check_every", "kmeans_starts"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("first_stage_steps", "second_stage_steps", "refit_steps"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for name in ("first_tolerance", "second_tolerance", "jitter"):
            if not 0 < getattr(self, name) < 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if self.subset is not None and self.subset < 1:
            raise ValueError(f"subset must be at least 1 or None, got {self.subset}")
        if self.initial_lengthscale is not None and self.initial_lengthscale <= 0:
            raise ValueError(
                f"initial_lengthscale must be positive or None, got {self.initial_lengthscale}"
            )

    def fit(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "n"], generator: torch.Generator
    ) -> SparsePosterior:
        """Fit hyper-parameters and inducing points from scratch.

        Raises:
            ValueError: if there are no data or some are not finite.
        """
        _check_data(x, y)
        scaling = standardising(x, y) if self.standardise else identity_scaling(x)
        x, y = standardise(x, y, scaling)
        raw = self._initial(x, y, generator)
        floor = SMALLEST_NOISE * positive_variance(y)
        order = torch.randperm(len(x), generator=generator).to(x.device)
        part = order[: self.subset].sort().values
        self._ascend(raw, floor, x[part], y[part], KERNEL_AND_NOISE, self.first_stage_steps)
        self._ascend(raw, floor, x[part], y[part], tuple(raw), self.second_stage_steps)
        if len(part) < len(x):
            self._ascend(raw, floor, x, y, tuple(raw), self.refit_steps)
        return self._posterior(_constrained(raw, floor), x, y, scaling)

    def refit(
        self, posterior: SparsePosterior, x: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> SparsePosterior:
        """Fit to all data from the values of a posterior, whose scaling is kept.

        Raises:
            ValueError: if there are no data or some are not finite.
        """
        _check_data(x, y)
        scaling = {name: getattr(posterior, name) for name in identity_scaling(x)}
        x, y = standardise(x, y, scaling)
        floor = min(SMALLEST_NOISE * positive_variance(y), posterior.noise.item() / 2)
        raw = {
            "lengthscales": _inverse_softplus(posterior.lengthscales),
            "variance": _inverse_softplus(posterior.variance),
            "noise": _inverse_softplus(posterior.noise - floor),
            "inducing": posterior.inducing.clone(),
        }
        self._ascend(raw, floor, x, y, tuple(raw), self.refit_steps)
        return self._posterior(_constrained(raw, floor), x, y, scaling)

    def restore(self, tensors: dict[str, Tensor]) -> SparsePosterior:
        """Rebuild a posterior from its tensors, bit for bit."""
        # a clone is aligned in memory, on which the last bit of matrix products may depend
        return SparsePosterior(**{name: tensor.clone() for name, tensor in tensors.items()})

    def bound(
        self, posterior: SparsePosterior, x: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> float:
        """Lower bound of the log evidence of standardised scores, in nats."""
        x, y = standardise(x, y, posterior.tensors())
        return float(self._bound(posterior.tensors(), x, y))

    def _bound(self, values: dict[str, Tensor], x: Tensor, y: Tensor) -> Float[Tensor, ""]:
        factor, cross = self._kernels(values, x)
        gram, projection = FeatureProducts.apply(factor, cross, y)
        return collapsed_bound(gram, projection, y, values["variance"], values["noise"])

    def _kernels(self, values: dict[str, Tensor], x: Tensor) -> tuple[Tensor, Tensor]:
        points, kernel = values["inducing"], (values["lengthscales"], values["variance"])
        factor = factorise(squared_exponential(points, points, *kernel), self.jitter)
        return factor, squared_exponential(points, x, *kernel)

    def _posterior(
        self, values: dict[str, Tensor], x: Tensor, y: Tensor, scaling: dict[str, Tensor]
    ) -> SparsePosterior:
        factor, cross = self._kernels(values, x)
        gram, projection = FeatureProducts.apply(factor, cross, y)
        precision = torch.eye(len(gram)).to(gram) + gram / values["noise"]
        return SparsePosterior(
            **values,
            **scaling,
            factor=factor,
            precision=precision,
            projection=projection / values["noise"],
        )

    def _initial(self, x: Tensor, y: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
        dimensions = x.shape[1]
        typical = self.initial_lengthscale or math.sqrt(dimensions * positive_variance(x))
        noise = torch.randn(dimensions, generator=generator, dtype=x.dtype).to(x.device)
        variance = torch.tensor(positive_variance(y)).to(x)
        return {
            "lengthscales": _inverse_softplus(typical * torch.exp(0.1 * noise)),
            "variance": _inverse_softplus(variance),
            "noise": _inverse_softplus((0.01 - SMALLEST_NOISE) * variance),
            "inducing": choose_inducing_points(
                x, self.inducing_points, self.kmeans_starts, generator
            ),
        }

    def _ascend(
        self,
        raw: dict[str, Tensor],
        floor: float,
        x: Tensor,
        y: Tensor,
        names: tuple[str, ...],
        maximal_steps: int,
    ) -> None:
        """Maximise the bound over the named tensors, in place, until it hardly changes."""
        first = names == KERNEL_AND_NOISE
        tolerance = self.first_tolerance if first else self.second_tolerance
        optimiser = torch.optim.Adam([raw[name] for name in names], lr=0.1 if first else 0.03)
        previous, loss, step = math.inf, math.nan, 0
        for name in names:
            raw[name].requires_grad_(True)
        for step in range(1, maximal_steps + 1):
            optimiser.zero_grad()
            negative = -self._bound(_constrained(raw, floor), x, y)
            negative.backward()
            optimiser.step()
            loss = negative.item()
            if step % self.check_every == 0:
                if abs(previous - loss) < tolerance * abs(loss):
                    break
                previous = loss
        for name in names:
            raw[name].requires_grad_(False)
        logger.info(
            "bound %.4f per point after %d steps on %d points", -loss / len(y), step, len(y)
        )


def _constrained(raw: dict[str, Tensor], smallest_noise: float) -> dict[str, Tensor]:
    return {
        "inducing": raw["inducing"],
        "lengthscales": softplus(raw["lengthscales"]),
        "variance": softplus(raw["variance"]),
        "noise": smallest_noise + softplus(raw["noise"]),
    }


def _inverse_softplus(value: Tensor) -> Tensor:
    return value + torch.log(-torch.expm1(-value))


def _check_data(x: Tensor, y: Tensor) -> None:
    if len(y) == 0:
        raise ValueError("expected at least one point to fit a surrogate to, got none")
    if not (x.isfinite().all() and y.isfinite().all()):
        raise ValueError("expected finite points and scores, got NaN or infinity")
