"""Sequential line search, in the whole latent space or in a random embedding."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.subspace import Line
from lso.interfaces import State
from lso.methods._answers import choice_in, line_in
from lso.methods._choices import PreferenceSurrogate, add_choice, first_ends, propose_ends
from lso.methods._line import LineMethod, embedding_of, half_width_of, start_of
from lso.surrogates.preference import Preference


@dataclass(frozen=True, kw_only=True)
class SequentialLineSearch(LineMethod):
    """Offer the line from the best point so far to the largest expected improvement.

    The domain [0, 1]^k is the box [−R, R]^d, or with an embedding A that of z = A y with y in
    [−R, R]^k; A y is not clipped to the box.

    Source: koyama2017, as compared with in chiu2020.

    Args:
        user: who chooses.
        surrogate: fits utilities to choices.
        embedding_dim: k of the random embedding; None searches all d dimensions.
        half_width: R; None takes the model's own, else that of a box holding 95 % of N(0, I).
    """

    surrogate: PreferenceSurrogate = field(default_factory=Preference)
    embedding_dim: int | None = None
    half_width: float | None = None

    def __post_init__(self) -> None:
        for name in ("embedding_dim", "half_width"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be > 0, came {value}")

    def begin(self, state: State, generator: torch.Generator) -> State:
        """Start at the model's start (or a prior draw); within the embedding if there is one."""
        start = start_of(state, generator)
        if self.embedding_dim is not None:
            embedding = embedding_of(state.model, self.embedding_dim, generator)
            start = embedding @ (torch.linalg.pinv(embedding) @ start)
            state = state.remember(embedding=embedding)
        return state.remember(choice=start)

    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Add the last choice, propose the next ends."""
        if "ends" not in state.memory:
            ends = first_ends(self._to_box(state, choice_in(state)), generator)
            k = len(ends[0])
            state = state.remember(
                points=torch.empty(0, k, dtype=torch.float64),
                choices=torch.empty(0, 3, dtype=torch.int64),
            )
        else:
            state = remember_choice(state)
            points, choices = state.memory["points"], state.memory["choices"]
            ends = propose_ends(self.surrogate, points, choices, generator)
        handle = 0.5 if len(state.memory["choices"]) == 0 else 0.0
        state = state.remember(ends=torch.stack(ends))
        return state, Line.between(*(self._to_latent(state, u) for u in ends), handle)

    def _to_latent(self, state: State, u: Float[Tensor, "k"]) -> Float[Tensor, "d"]:
        y = (2 * u - 1) * self._half_width(state)
        return state.memory["embedding"] @ y if "embedding" in state.memory else y

    def _to_box(self, state: State, z: Float[Tensor, "d"]) -> Float[Tensor, "k"]:
        y = z
        if "embedding" in state.memory:
            y = torch.linalg.pinv(state.memory["embedding"]) @ z
        return (y / self._half_width(state) + 1) / 2

    def _half_width(self, state: State) -> float:
        return self.half_width or half_width_of(state.model)


def remember_choice(state: State) -> State:
    """Add the choice on the last line, whose ends in the box are in the memory."""
    memory = state.memory
    start, end = memory["ends"]
    t = line_in(state).position(choice_in(state))
    points, choices = add_choice(
        memory["points"], memory["choices"], start + t * (end - start), (start, end)
    )
    return state.remember(points=points, choices=choices)
