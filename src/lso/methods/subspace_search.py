"""Differential subspace search: sliders along singular vectors of the decoder Jacobian."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.spectrum import JacobianKind, spectrum
from lso.geometry.subspace import Line, Weighting, complement_direction, draw_direction
from lso.interfaces import State
from lso.methods._answers import choice_in, line_in
from lso.methods._line import LineMethod, half_length_of, start_of

# drifts below this, in positions of the slider, are rounding
DRIFT = 1e-6


@dataclass(frozen=True, kw_only=True)
class SubspaceSearch(LineMethod):
    """Offer a line along a right singular vector drawn by singular value, go on from the choice.

    Directions are drawn without replacement. When the choice is clearly away from the centre,
    the Jacobian is computed afresh and all directions may be drawn again.

    Source: chiu2020, one-dimensional search, completed from the authors' released code. The
    faithful setting is `refresh: moved`, `patience: 0`, `complement: false`.

    Args:
        user: who chooses.
        share: half-length of the line as a share of the mean distance of two latent points.
        half_length: of the line; given, `share` does not matter.
        tolerance: a choice further than this from the middle, in positions, counts as moved.
        recentre: `always`: every choice becomes the centre; `moved`: only if it moved, as in
            the authors' application.
        refresh: when to compute the Jacobian again. `moved`: as published, when one choice
            moved; while choices drift within the tolerance, a direction that was used up stays
            unavailable, although it may be the one that helps. `drift`: when the centre is
            further from where the Jacobian was computed than the tolerance.
        patience: compute it again too after so many lines, if the centre has drifted at all;
            0 never does. At an unmoved centre directions stay used, so that all get their turn.
        weighting: how to draw: `importance` by singular value, `uniform`, or `largest` first.
        skip: leading singular vectors never offered.
        jacobian: `exact`, random `rows` of it, or a Gaussian `sketch`.
        rows: of the latter two.
        complement: if the Jacobian has fewer rows than columns, offer one random direction
            outside its row space too, with the weight of its smallest singular value.
    """

    share: float = 0.2
    half_length: float | None = None
    tolerance: float = 0.05
    recentre: Literal["always", "moved"] = "always"
    refresh: Literal["moved", "drift"] = "drift"
    patience: int = 10
    weighting: Weighting = "importance"
    skip: int = 0
    jacobian: JacobianKind = "exact"
    rows: int = 50
    complement: bool = True

    def __post_init__(self) -> None:
        for name in ("share", "half_length", "rows"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be > 0, came {value}")
        if not 0 <= self.tolerance < 0.5:
            raise ValueError(f"tolerance must be in [0, 0.5), came {self.tolerance}")
        for name in ("patience", "skip"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must be >= 0, came {getattr(self, name)}")

    def begin(self, state: State, generator: torch.Generator) -> State:
        """Start at the model's start, or at a draw from its prior."""
        start = start_of(state, generator)
        length = self.half_length or half_length_of(state.model, self.share, generator)
        return state.remember(choice=start, half_length=torch.tensor(length, dtype=torch.float64))

    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Recentre, renew the Jacobian if due, draw an unused direction."""
        state, is_due = self._recentre(state)
        if is_due or not state.memory["unused"].any():
            state = self._renew(state, generator, is_due)
        memory = state.memory
        unused = memory["unused"].clone()
        i = draw_direction(memory["singular_values"], unused, generator, self.weighting)
        unused[i] = False
        line = Line(memory["centre"], memory["directions"][i], float(memory["half_length"]))
        return state.remember(unused=unused), line

    def _recentre(self, state: State) -> tuple[State, bool]:
        """The state with its new centre, and whether the Jacobian is due."""
        chosen = choice_in(state)
        if "centre" not in state.memory:
            return state.remember(centre=chosen), True
        line = line_in(state)
        has_moved = abs(line.position(chosen) - line.handle) > self.tolerance
        if has_moved or self.recentre == "always":
            state = state.remember(centre=chosen)
        return state, has_moved or self._is_outdated(state)

    def _is_outdated(self, state: State) -> bool:
        """Whether the centre left the place of the Jacobian without any one move that counts."""
        memory = state.memory
        drift = torch.linalg.vector_norm(memory["centre"] - memory["differentiated_at"])
        drift = float(drift / (2 * memory["half_length"]))  # in positions of the slider
        is_old = len(state.y) - int(memory["renewed_at"]) >= self.patience > 0
        return (self.refresh == "drift" and drift > self.tolerance) or (is_old and drift > DRIFT)

    def _renew(self, state: State, generator: torch.Generator, is_due: bool) -> State:
        """Compute the spectrum at the centre; or only make all directions available again."""
        renews_rows = self.jacobian != "exact" and self.complement
        if not is_due and not renews_rows:
            return state.remember(unused=self._available(state.memory["singular_values"]))
        centre = state.memory["centre"]
        values, directions = spectrum(state.model, centre, self.jacobian, self.rows, generator)
        extra = complement_direction(directions, generator) if self.complement else None
        if extra is not None:
            values = torch.cat([values, values[-1:]])
            directions = torch.cat([directions, extra[None]])
        return state.remember(
            singular_values=values,
            directions=directions,
            differentiated_at=centre,
            renewed_at=torch.tensor(len(state.y)),
            unused=self._available(values),
            renewals=state.memory.get("renewals", torch.tensor(0)) + 1,
        )

    def _available(self, singular_values: Float[Tensor, "r"]) -> Tensor:
        """All directions but the `skip` leading ones, of which at least one must remain."""
        unused = torch.ones(len(singular_values), dtype=torch.bool)
        unused[: min(self.skip, len(unused) - 1)] = False
        return unused
