"""Shared base of methods that ask where a surrogate of the scores expects most."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.latent_scores import Score
from lso.regions._region import Evidence, Region
from lso.regions.box import Box
from lso.score_terms import Limit, Penalty
from lso.surrogates._surrogate import Posterior, Surrogate

PREFIX = "bo."
POSTERIOR = "bo.posterior."


@dataclass(frozen=True, kw_only=True)
class SurrogateMethod(ABC):
    """Keep a surrogate, a region and the calibration of latent scores up to date.

    The surrogate starts from encodings of the best and of random other objects of the training
    set, and then digests every query as it was asked: at once at fixed hyper-parameters, and
    by a refit of all data every `refit_every` queries. It starts again whenever its memory is
    gone, as after a retraining of the model, which moves all encodings.

    Args:
        surrogate: how scores are modelled.
        invalid_value: score of an invalid query, and the least score that the surrogate is
            told of any object; None leaves invalid queries out and scores as they are.
        best_points: best objects in the surrogate's first data.
        random_points: random other objects in the surrogate's first data.
        refit_every: queries between refits.
        region: where to look.
        penalty: a latent score that is added to the acquisition.
    """

    surrogate: Surrogate
    invalid_value: float | None = None
    best_points: int = 1000
    random_points: int = 4000
    refit_every: int = 50
    region: Region = field(default_factory=Box)
    penalty: Penalty | None = None

    def __post_init__(self) -> None:
        for name in ("best_points", "random_points"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative, got {getattr(self, name)}")
        if self.best_points + self.random_points == 0:
            raise ValueError("one of best_points and random_points must be positive, got 0 and 0")
        if self.refit_every < 1:
            raise ValueError(f"refit_every must be at least 1, got {self.refit_every}")

    @property
    @abstractmethod
    def queries_per_round(self) -> int:
        """Points asked together."""

    @property
    def limit(self) -> Limit | None:
        """What the search keeps within, calibrated with the penalty."""
        return None

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Start the surrogate, or let it digest the queries it has not seen."""
        if f"{PREFIX}x" not in state.memory:
            return self._start(state, generator)
        seen = int(state.memory[f"{PREFIX}seen"])
        if seen == len(state.y):
            return state
        device = state.device
        z, y = self._usable(state.z[seen:], state.y[seen:])
        x = torch.cat([state.memory[f"{PREFIX}x"], z])
        scores = torch.cat([state.memory[f"{PREFIX}y"], y])
        fitted = int(state.memory[f"{PREFIX}fitted"])
        posterior = self.posterior(state)
        if len(state.y) - fitted >= self.refit_every:
            fitted = len(state.y)
            posterior = self.surrogate.refit(posterior, x.to(device), scores.to(device))
        elif len(y):
            posterior = posterior.condition(z.to(device), y.to(device))
        return _remember(state, x, scores, posterior, fitted)

    def posterior(self, state: State) -> Posterior:
        """The surrogate's posterior out of the memory."""
        device = state.device
        return self.surrogate.restore(
            {
                name.removeprefix(POSTERIOR): tensor.to(device)
                for name, tensor in state.memory.items()
                if name.startswith(POSTERIOR)
            }
        )

    def evidence(self, state: State, posterior: Posterior) -> Evidence:
        """What a region may know."""
        memory, device = state.memory, state.device
        return Evidence(
            model=state.model,
            z=memory[f"{PREFIX}x"].to(device),
            y=memory[f"{PREFIX}y"].to(device),
            first_best=float(memory[f"{PREFIX}first_best"]),
            told=state.y[int(memory[f"{PREFIX}started"]) :],
            batch_size=self.queries_per_round,
            shift=posterior.input_shift,
            scale=posterior.input_scale,
            lengthscales=getattr(posterior, "lengthscales", None),
        )

    def bound_term(
        self, name: str, term: Penalty | Limit | None, state: State, generator: torch.Generator
    ) -> Score | None:
        """A penalty's score or a limit's test for the model as it is; None for none."""
        if term is None:
            return None
        reference = state.memory[f"{PREFIX}x"].to(state.device)
        return term.bind(state.model, reference, state.memory[PREFIX + name], generator)

    def _start(self, state: State, generator: torch.Generator) -> State:
        """Fit the surrogate from scratch to part of the training set."""
        objects, scores = state.training_data()
        order = np.argsort(-scores, kind="stable")
        best, others = order[: self.best_points], order[self.best_points :]
        chosen = torch.randperm(len(others), generator=generator)[: self.random_points].numpy()
        indices = np.concatenate([best, others[chosen]])
        x = state.model.encode([objects[i] for i in indices]).double().cpu()
        x, y = self._usable(x, torch.as_tensor(scores[indices], dtype=torch.float64))
        device = state.device
        posterior = self.surrogate.fit(x.to(device), y.to(device), generator)
        state = _remember(state, x, y, posterior, len(state.y))
        for name, term in (("penalty", self.penalty), ("limit", self.limit)):
            if term is not None:
                calibration = term.calibrate(state.model, x.to(device), generator)
                state = state.remember(**{PREFIX + name: calibration.cpu()})
        started = {f"{PREFIX}started": torch.tensor(len(state.y)), f"{PREFIX}first_best": y.max()}
        return state.remember(**started)

    def _usable(
        self, z: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> tuple[Float[Tensor, "k d"], Float[Tensor, "k"]]:
        """Points and the scores that the surrogate is told of them."""
        valid = y.isfinite()
        if self.invalid_value is None:
            return z[valid], y[valid]
        return z, torch.where(valid, y, self.invalid_value).clamp_min(self.invalid_value)


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
    tensors = {  # files hold rows of their own; the layout must not depend on how a run is split
        POSTERIOR + name: tensor.cpu().clone(memory_format=torch.contiguous_format)
        for name, tensor in posterior.tensors().items()
    }
    counts = {f"{PREFIX}seen": torch.tensor(len(state.y)), f"{PREFIX}fitted": torch.tensor(fitted)}
    return state.remember(**{f"{PREFIX}x": x, f"{PREFIX}y": y}, **counts, **tensors)
