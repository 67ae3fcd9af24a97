"""Random lines through the current point."""

from dataclasses import dataclass

import torch

from lso.geometry.subspace import Line
from lso.interfaces import State
from lso.methods._answers import choice_in
from lso.methods._line import LineMethod, half_length_of, start_of


@dataclass(frozen=True, kw_only=True)
class RandomLine(LineMethod):
    """Offer a line in a random direction, go on from the chosen point.

    Source: chiu2020, random baseline of the global experiments.

    Args:
        user: who chooses.
        share: half-length of the line as a share of the mean distance of two latent points.
        half_length: of the line; given, `share` does not matter.
        positive: faithful to the authors' released code: only directions without negative
            components, all within about 30 degrees of the diagonal; otherwise uniform.
    """

    share: float = 0.2
    half_length: float | None = None
    positive: bool = False

    def __post_init__(self) -> None:
        for name in ("share", "half_length"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be > 0, came {value}")

    def begin(self, state: State, generator: torch.Generator) -> State:
        """Start at the model's start, or at a draw from its prior."""
        start = start_of(state, generator)
        length = self.half_length or half_length_of(state.model, self.share, generator)
        return state.remember(choice=start, half_length=torch.tensor(length, dtype=torch.float64))

    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Draw a direction; the last choice is the centre."""
        d = state.model.latent_dim
        draw = torch.rand if self.positive else torch.randn
        direction = draw(d, generator=generator, dtype=torch.float64)
        direction = direction / torch.linalg.vector_norm(direction)
        return state, Line(choice_in(state), direction, float(state.memory["half_length"]))
