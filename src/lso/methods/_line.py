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
from lso.methods._prior import draw_prior
from lso.users._slider import Slider, User
from lso.users.line_oracle import LineOracle

# points decoded together while a line is looked at
CHUNK = 256
PAIRS = 1000


@dataclass(frozen=True, kw_only=True)
class LineMethod(ABC):
    """One line per round: `tell` draws it and lets the user choose, `ask` returns the choice.

    The first query is the start. The memory holds the line (`line_centre`, `line_direction`,
    `line_half_length`, `line_handle`), the answer (`choice`, `position`), how many positions
    were shown at each query (`shown`) and how many lines in a row brought no gain (`idle`).
    To let a person choose, call `advance` and `line_in` instead of `tell` and `ask`.

    Args:
        user: who chooses.
    """

    user: User = field(default_factory=LineOracle)

    @property
    def queries_per_round(self) -> int:
        """One line."""
        return 1

    @abstractmethod
    def begin(self, state: State, generator: torch.Generator) -> State:
        """Remember the start as `choice`, before anything was asked."""

    @abstractmethod
    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Digest the last query, a choice on the line of the memory if it has one."""

    def advance(self, state: State, generator: torch.Generator) -> State:
        """Remember the next line; before the first query, the start."""
        if "choice" not in state.memory:
            state = self.begin(state, generator)
            return state.remember(idle=torch.tensor(0))
        idle = 0 if has_gained(state) else int(state.memory["idle"]) + 1
        state, line = self.next_line(state.remember(idle=torch.tensor(idle)), generator)
        return remember_line(state, line)

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Advance to the next line and let the user choose on it."""
        fresh = "choice" not in state.memory
        state = self.advance(state, generator)
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
        shown = torch.tensor([answer.shown])
        return state.remember(
            choice=line.points(np.array([answer.position]))[0],
            position=torch.tensor(answer.position, dtype=torch.float64),
            shown=torch.cat([state.memory["shown"], shown]),
        )

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "1 d"]:
        """Return the chosen point."""
        return state.memory["choice"][None]


def line_in(state: State) -> Line:
    """The line that the memory holds."""
    memory = state.memory
    return Line(
        memory["line_centre"],
        memory["line_direction"],
        float(memory["line_half_length"]),
        float(memory["line_handle"]),
    )


def remember_line(state: State, line: Line) -> State:
    """Put a line into the memory."""
    return state.remember(
        line_centre=line.centre,
        line_direction=line.direction,
        line_half_length=torch.tensor(line.half_length, dtype=torch.float64),
        line_handle=torch.tensor(line.handle, dtype=torch.float64),
    )


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
        return np.where(np.isnan(u), -np.inf, u)

    return look


def has_gained(state: State) -> bool:
    """Whether the last query is better than all before it."""
    if len(state.y) == 0:
        return False
    y = torch.nan_to_num(state.y, nan=-torch.inf)
    return bool(y[-1] > (y[:-1].max() if len(y) > 1 else -torch.inf))


def start_of(state: State, generator: torch.Generator) -> Float[Tensor, "d"]:
    """The best query so far, else the model's own start, else a draw from its prior."""
    if not torch.isnan(state.y).all():
        return state.z[torch.nan_to_num(state.y, nan=-torch.inf).argmax()]
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
