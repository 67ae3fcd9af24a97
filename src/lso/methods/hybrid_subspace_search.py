"""Differential subspace search in k dimensions: sequential line search inside the subspace."""

from dataclasses import dataclass, field

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.spectrum import JacobianKind, spectrum
from lso.geometry.subspace import Line, draw_subspace
from lso.interfaces import State
from lso.methods._answers import choice_in
from lso.methods._choices import PreferenceSurrogate, first_ends, propose_ends
from lso.methods._line import LineMethod, half_length_of, start_of
from lso.methods.sequential_line_search import remember_choice
from lso.surrogates.preference import Preference


@dataclass(frozen=True, kw_only=True)
class HybridSubspaceSearch(LineMethod):
    """Search the span of k right singular vectors for some sliders, then go on from there.

    z = c + V_kᵀ (u − ½) 2L with u in the unit box of a fresh sequential line search; the last
    choice in a subspace becomes the next centre and is not added to the surrogate.

    Source: chiu2020, hybrid of the global experiments.

    Args:
        user: who chooses.
        surrogate: fits utilities to choices.
        dimensions: k.
        period: sliders in one subspace.
        share: L, half-length of the box, as a share of the mean distance of two latent points.
        half_length: L; given, `share` does not matter.
        jacobian: `exact`, random `rows` of it, or a Gaussian `sketch`.
        rows: of the latter two.
    """

    surrogate: PreferenceSurrogate = field(default_factory=Preference)
    dimensions: int = 6
    period: int = 10
    share: float = 0.2
    half_length: float | None = None
    jacobian: JacobianKind = "exact"
    rows: int = 50

    def __post_init__(self) -> None:
        for name in ("dimensions", "period", "share", "half_length", "rows"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise ValueError(f"{name} must be > 0, came {value}")

    def begin(self, state: State, generator: torch.Generator) -> State:
        """Start at the model's start, or at a draw from its prior."""
        start = start_of(state, generator)
        length = self.half_length or half_length_of(state.model, self.share, generator)
        return state.remember(choice=start, half_length=torch.tensor(length, dtype=torch.float64))

    def next_line(self, state: State, generator: torch.Generator) -> tuple[State, Line]:
        """Renew the subspace if its sliders are used up, else go on inside it."""
        if int(state.memory.get("sliders", self.period)) >= self.period:
            state = self._renew(state, generator)
            start = torch.full((len(state.memory["axes"]),), 0.5, dtype=torch.float64)
            ends, handle = first_ends(start, generator), 0.5
        else:
            state = remember_choice(state)
            points, choices = state.memory["points"], state.memory["choices"]
            ends, handle = propose_ends(self.surrogate, points, choices, generator), 0.0
        state = state.remember(ends=torch.stack(ends), sliders=state.memory["sliders"] + 1)
        return state, Line.between(*(self._to_latent(state, u) for u in ends), handle)

    def _renew(self, state: State, generator: torch.Generator) -> State:
        centre = choice_in(state)
        values, directions = spectrum(state.model, centre, self.jacobian, self.rows, generator)
        k = min(self.dimensions, len(values))
        return state.remember(
            centre=centre,
            axes=directions[draw_subspace(values, k, generator)],
            sliders=torch.tensor(0),
            points=torch.empty(0, k, dtype=torch.float64),
            choices=torch.empty(0, 3, dtype=torch.int64),
        )

    def _to_latent(self, state: State, u: Float[Tensor, "k"]) -> Float[Tensor, "d"]:
        memory = state.memory
        return memory["centre"] + memory["axes"].T @ ((2 * u - 1) * memory["half_length"])
