"""Shared base of methods that offer a line and go on from the point that a user chooses on it."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Any

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.subspace import Line, mean_distance
from lso.interfaces import Model, State
from lso.methods._answers import (
    has_gained,
    line_in,
    remember_answer,
    remember_line,
    settle,
)
from lso.prior import draw_prior
from lso.score_terms import Limit, encoded_objects
from lso.users._slider import Slider, User, grid
from lso.users.line_oracle import LineOracle

# points decoded together while a line is looked at
CHUNK = 256
PAIRS = 1000
LIMITED = 33  # positions at which a limit is looked at


@dataclass(frozen=True, kw_only=True)
class LineMethod(ABC):
    """One line per round: `tell` draws it and lets the user choose, `ask` returns the choice.

    The first query is the start. The memory holds the line (`line_centre`, `line_direction`,
    `line_half_length`, `line_handle`), the answer (`choice`, `position`), how many positions
    were shown at each line (`shown`) and how many lines in a row brought no gain (`idle`).
    A user who cannot look for free answers with positions (`looks`): then `ask` returns these,
    and the next `tell` chooses the best. To let a person choose, call `advance` and `line_in`
    instead of `tell` and `ask`.

    Args:
        user: who chooses.
        limit: lines end where they leave this limit, or become worse than at the handle if
            that is outside.
    """

    user: User = field(default_factory=LineOracle)
    limit: Limit | None = None

    @property
    def queries_per_round(self) -> int:
        """One line; the start, a query too, comes before the first."""
        return getattr(self.user, "queries", 1)

    @abstractmethod
    def begin(self, state: State, generator: torch.Generator) -> State:
        """Remember the start as `choice`, before anything was asked."""

    @abstractmethod
    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Digest the last query, a choice on the line of the memory if it has one."""

    def advance(self, state: State, generator: torch.Generator) -> State:
        """Remember the next line; before the first query, the start."""
        if "choice" not in state.memory:
            state = self.begin(state, generator).remember(idle=torch.tensor(0))
            return state if self.limit is None else self._calibrate(state, generator)
        idle = 0 if has_gained(state) else int(state.memory["idle"]) + 1
        state, line = self.next_line(state.remember(idle=torch.tensor(idle)), generator)
        return remember_line(state, self._within_limit(state, line, generator))

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Advance to the next line and let the user choose on it."""
        fresh = "choice" not in state.memory
        state = self.advance(settle(state), generator)
        if fresh:
            return state.remember(shown=torch.zeros(1, dtype=torch.int64))
        line = line_in(state)
        answer = self.user.choose(
            Slider(
                look=look_along(state, line, generator),
                handle=line.handle,
                idle=int(state.memory["idle"]),
                scale=abs(_start_utility(state)) or 1.0,
            ),
            generator,
        )
        return remember_answer(state, line, answer)

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"]:
        """Return the chosen point, or those whose values are to be known first."""
        if "looks" in state.memory:
            return line_in(state).points(state.memory["looks"].numpy())
        return state.memory["choice"][None]

    def _calibrate(self, state: State, generator: torch.Generator) -> State:
        """Measure the limit on encoded training objects."""
        reference = encoded_objects(state, self.limit.points, generator)
        limit = self.limit.calibrate(state.model, reference.to(state.device), generator)
        return state.remember(limit=limit.cpu(), reference=reference)

    def _within_limit(self, state: State, line: Line, generator: torch.Generator) -> Line:
        """The part of a line around its handle that keeps the limit."""
        if self.limit is None:
            return line
        reference = state.memory["reference"].to(state.device)
        margin = self.limit.bind(state.model, reference, state.memory["limit"], generator)
        t, handle = grid(LIMITED, line.handle)
        with torch.no_grad():
            margins = margin(line.points(t).to(state.device)).cpu().numpy()
        outside = np.flatnonzero(margins < min(0.0, margins[handle]))
        first = max(outside[outside < handle], default=-1) + 1
        last = min(outside[outside > handle], default=LIMITED) - 1
        if (first, last) == (0, LIMITED - 1):
            return line
        start, end = line.points(t[[first, last]])
        share = (t[handle] - t[first]) / (t[last] - t[first]) if last > first else 0.5
        return Line.between(start, end, float(share))


def look_along(
    state: State, line: Line, generator: torch.Generator
) -> Callable[[Float[np.ndarray, "s"]], Float[np.ndarray, "s"]]:
    """Return the utilities of a line's positions as a function, −inf where invalid.

    If the model can evaluate a line at once and the objective scores outputs, no object is made.
    """
    model, objective = state.model, state.task.objective
    if hasattr(model, "along_line") and hasattr(objective, "of_outputs"):
        with torch.no_grad():
            outputs = model.along_line(line.centre, line.direction)

        def score(t: Float[np.ndarray, "s"]) -> Float[np.ndarray, "s"]:
            with torch.no_grad():
                return objective.of_outputs(outputs(line.distances(t)))

    else:

        def score(t: Float[np.ndarray, "s"]) -> Float[np.ndarray, "s"]:
            return state.task.score(model.decode(line.points(t), generator))

    def look(t: Float[np.ndarray, "s"]) -> Float[np.ndarray, "s"]:
        u = np.concatenate([score(t[i : i + CHUNK]) for i in range(0, len(t), CHUNK)])
        return np.where(np.isfinite(u), u, -np.inf)

    return look


def start_of(state: State, generator: torch.Generator) -> Float[Tensor, "d"]:
    """The best query so far, else the model's own start, else a draw from its prior.

    A model that has been retrained may decode something else there; then it is the encoding of
    the best object.
    """
    if not torch.isnan(state.y).all():
        best = int(torch.nan_to_num(state.y, nan=-torch.inf).argmax())
        z, item = state.z[best], state.x[best]
        known = item is not None and state.model.representation.can_represent(item)
        if not known or state.model.decode(z[None], generator) == [item]:
            return z
        return state.model.encode([item])[0].double().cpu()
    if hasattr(state.model, "start_point"):
        return state.model.start_point.cpu()
    return draw_prior(state.model, 1, generator)[0]


def half_length_of(model: Model, share: float, generator: torch.Generator) -> float:
    """L = share · E‖z_a − z_b‖ over 1,000 pairs from the prior.  Source: chiu2020."""
    return share * mean_distance(draw_prior(model, 2 * PAIRS, generator))


def half_width_of(model: Any) -> float:
    """R of the box [−R, R]^d to search: the model's own, else that of 95 % of N(0, I).

    Source: chiu2020, user study: 3.89 for d = 512, 3.71 for d = 256.
    """
    if hasattr(model, "half_width"):
        return model.half_width
    return NormalDist().inv_cdf((1 + 0.95 ** (1 / model.latent_dim)) / 2)


def embedding_of(model: Any, dimensions: int, generator: torch.Generator) -> Float[Tensor, "d k"]:
    """The model's own random embedding if it has one of this size, else a Gaussian matrix."""
    embedding = getattr(model, "embedding", None)
    if embedding is not None and embedding.shape[1] == dimensions:
        return embedding.cpu()
    return torch.randn(model.latent_dim, dimensions, generator=generator, dtype=torch.float64)


def _start_utility(state: State) -> float:
    finite = state.y[~torch.isnan(state.y)]
    return float(finite[0]) if len(finite) else 1.0
