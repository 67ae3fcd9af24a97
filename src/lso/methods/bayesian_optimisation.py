"""Bayesian optimisation: a surrogate of the scores says which latent point to ask next."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.surrogates._surrogate import Posterior, Surrogate
from lso.surrogates.acquisition import Acquisition, ExpectedImprovement, maximise

PREFIX = "bo."
POSTERIOR = "bo.posterior."


@dataclass(frozen=True)
class BayesianOptimisation:
    """Ask the latent point of largest expected improvement under a surrogate.

    The surrogate starts from encodings of the best and of random other objects of the training
    set, and then digests every query as it was asked: at once at fixed hyper-parameters, and
    by a refit of all data every `refit_every` queries. It starts again whenever its memory is
    gone, as after a retraining of the model, which moves all encodings.

    Source: tripp2020, Sec. 4 and supplement, and the authors' released code. Deviation: they
    refit after every query (`refit_every=1`) and maximise the expected improvement itself
    (`logarithm=False`), whose flat regions end most searches where they start.

    Args:
        surrogate: how scores are modelled.
        invalid_value: score of an invalid query, and the least score that the surrogate is
            told of any object; None leaves invalid queries out and scores as they are.
        best_points: best objects in the surrogate's first data.
        random_points: random other objects in the surrogate's first data.
        refit_every: queries between refits.
        threshold_quantile: improvements count from this quantile of the surrogate's scores.
        logarithm: maximise log EI.
        prior_starts: searches that start from a standard normal in standardised coordinates.
        good_starts: searches that start from different good points of the data.
        good_quantile: points at or above this quantile of the scores are good.
        successes: searches that must succeed before the rest is skipped.
        box_quantile: quantile of the absolute standardised coordinates of the data, which times
            `box_margin` bounds the search in every coordinate.
        box_margin: see `box_quantile`.
    """

    surrogate: Surrogate
    invalid_value: float | None = None
    best_points: int = 1000
    random_points: int = 4000
    refit_every: int = 50
    threshold_quantile: float = 0.9
    logarithm: bool = True
    prior_starts: int = 10
    good_starts: int = 10
    good_quantile: float = 0.8
    successes: int = 1
    box_quantile: float = 0.999
    box_margin: float = 1.1

    def __post_init__(self) -> None:
        for name in ("best_points", "random_points", "prior_starts", "good_starts"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        for first, second in (("best_points", "random_points"), ("prior_starts", "good_starts")):
            if getattr(self, first) + getattr(self, second) == 0:
                raise ValueError(f"one of {first} and {second} must be positive, got 0 and 0")
        for name in ("refit_every", "successes"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, got {getattr(self, name)}")
        for name in ("threshold_quantile", "good_quantile", "box_quantile"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} must be between 0 and 1, got {getattr(self, name)}")
        if self.box_margin <= 0:
            raise ValueError(f"box_margin must be positive, got {self.box_margin}")

    @property
    def queries_per_round(self) -> int:
        """One: every query is digested before the next."""
        return 1

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Start the surrogate, or let it digest the queries it has not seen."""
        if f"{PREFIX}x" not in state.memory:
            return self._start(state, generator)
        seen = int(state.memory[f"{PREFIX}seen"])
        if seen == len(state.y):
            return state
        device = _device(state)
        z, y = self._usable(state.z[seen:], state.y[seen:])
        x = torch.cat([state.memory[f"{PREFIX}x"], z])
        scores = torch.cat([state.memory[f"{PREFIX}y"], y])
        fitted = int(state.memory[f"{PREFIX}fitted"])
        posterior = self._posterior(state)
        if len(state.y) - fitted >= self.refit_every:
            fitted = len(state.y)
            posterior = self.surrogate.refit(posterior, x.to(device), scores.to(device))
        elif len(y):
            posterior = posterior.condition(z.to(device), y.to(device))
        return _remember(state, x, scores, posterior, fitted)

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "1 d"]:
        """The latent point of largest expected improvement found."""
        posterior, y = self._posterior(state), state.memory[f"{PREFIX}y"]
        device = _device(state)
        shift, scale = posterior.input_shift, posterior.input_scale
        points = (state.memory[f"{PREFIX}x"] - shift.cpu()) / scale.cpu()  # (n, d)
        bound = self.box_margin * float(np.quantile(points.abs().numpy(), self.box_quantile))
        starts = self._starts(points, y, generator).to(device)
        acquisition = self._acquisition(posterior, y)
        best = maximise(lambda u: acquisition(u * scale + shift), starts, bound, self.successes)
        return (best * scale + shift)[None].cpu()

    def _start(self, state: State, generator: torch.Generator) -> State:
        """Fit the surrogate from scratch to part of the training set."""
        objects, scores = state.training_data()
        order = np.argsort(-scores, kind="stable")
        best, others = order[: self.best_points], order[self.best_points :]
        chosen = torch.randperm(len(others), generator=generator)[: self.random_points].numpy()
        indices = np.concatenate([best, others[chosen]])
        x = state.model.encode([objects[i] for i in indices]).double().cpu()
        x, y = self._usable(x, torch.as_tensor(scores[indices], dtype=torch.float64))
        device = _device(state)
        posterior = self.surrogate.fit(x.to(device), y.to(device), generator)
        return _remember(state, x, y, posterior, len(state.y))

    def _usable(
        self, z: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> tuple[Float[Tensor, "k d"], Float[Tensor, "k"]]:
        """Points and the scores that the surrogate is told of them."""
        valid = y.isfinite()
        if self.invalid_value is None:
            return z[valid], y[valid]
        return z, torch.where(valid, y, self.invalid_value).clamp_min(self.invalid_value)

    def _acquisition(self, posterior: Posterior, y: Float[Tensor, "n"]) -> Acquisition:
        threshold = float(np.quantile(y.numpy(), self.threshold_quantile))
        return ExpectedImprovement(posterior.predict, threshold, self.logarithm)

    def _starts(
        self, points: Float[Tensor, "n d"], y: Float[Tensor, "n"], generator: torch.Generator
    ) -> Float[Tensor, "k d"]:
        """Standard normal draws and different good points, shuffled."""
        prior = torch.randn(
            self.prior_starts, points.shape[1], generator=generator, dtype=points.dtype
        )
        good = points[y >= float(np.quantile(y.numpy(), self.good_quantile))]
        chosen = torch.randperm(len(good), generator=generator)[: self.good_starts]
        starts = torch.cat([prior, good[chosen]])
        return starts[torch.randperm(len(starts), generator=generator)]

    def _posterior(self, state: State) -> Posterior:
        """The surrogate's posterior out of the memory."""
        device = _device(state)
        return self.surrogate.restore(
            {
                name.removeprefix(POSTERIOR): tensor.to(device)
                for name, tensor in state.memory.items()
                if name.startswith(POSTERIOR)
            }
        )


def _remember(
    state: State,
    x: Float[Tensor, "n d"],
    y: Float[Tensor, "n"],
    posterior: Posterior,
    fitted: int,
) -> State:
    """The state with the surrogate's data, posterior and counts in its memory.

    Args:
        state: what was told.
        x: all points of the surrogate.
        y: their scores.
        posterior: after all of them.
        fitted: queries there were at the last fit of hyper-parameters.
    """
    tensors = {  # files hold rows, and the layout must not depend on how a run is split
        POSTERIOR + name: tensor.cpu().contiguous() for name, tensor in posterior.tensors().items()
    }
    counts = {f"{PREFIX}seen": torch.tensor(len(state.y)), f"{PREFIX}fitted": torch.tensor(fitted)}
    return state.remember(**{f"{PREFIX}x": x, f"{PREFIX}y": y}, **counts, **tensors)


def _device(state: State) -> torch.device:
    """Where the model lives, and so where the surrogate computes."""
    return next((p.device for p in state.model.parameters()), torch.device("cpu"))
