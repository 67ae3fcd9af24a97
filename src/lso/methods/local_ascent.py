"""White-box local ascent: the true gradient against its share along one singular vector."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.spectrum import spectrum
from lso.geometry.subspace import draw_direction
from lso.interfaces import State
from lso.methods._line import start_of

SMALLEST_STEP = 2.0**-60
ADDED = 1e-10  # as in the authors' code


@dataclass(frozen=True)
class LocalAscent:
    """Backtracking steps up −Σ q_i, where q are the outputs that the Jacobian is taken of.

    `gradient`: −1ᵀJ. `singular`: −(1ᵀJ v_i) v_i, the gradient's share along one right singular
    vector, drawn by singular value with replacement. The first trial reaches the wall of the box
    if the direction has unit length; halve until any improvement.

    Source: chiu2020, local synthetic experiment. A decoder of squares, q = x², makes this the
    goodness −Σ x² without ripple. `weighted` is faithful to the authors' released code, whose
    gradient is (−2x)ᵀJ: rows carry an extra weight of twice their output.

    Args:
        direction: which.
        weighted: weigh the rows of `gradient` as the authors' code does.
    """

    direction: Literal["gradient", "singular"] = "singular"
    weighted: bool = False

    @property
    def queries_per_round(self) -> int:
        """One step."""
        return 1

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Step from the last point; before the first query, start uniformly in the box."""
        if len(state.y) == 0:
            start = (
                state.model.sample_prior(1, generator)[0]
                if hasattr(state.model, "sample_prior")
                else start_of(state, generator)
            )
            return state.remember(choice=start)
        centre = state.z[-1]
        direction = self._ascent(state, centre, generator) + ADDED
        return state.remember(choice=self._backtrack(state, centre, direction, generator))

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "1 d"]:
        """Return the end of the step."""
        return state.memory["choice"][None]

    def _ascent(
        self, state: State, centre: Float[Tensor, "d"], generator: torch.Generator
    ) -> Float[Tensor, "d"]:
        jacobian = state.model.jacobian(centre)
        slope = -jacobian.sum(0)
        if self.direction == "gradient":
            weights = -2 * state.model.outputs(centre[None])[0]
            return weights @ jacobian if self.weighted else slope
        values, directions = spectrum(state.model, centre, "exact", 0, generator)
        everything = torch.ones(len(values), dtype=torch.bool)
        v = directions[draw_direction(values, everything, generator)]
        return (slope @ v) * v

    def _backtrack(
        self,
        state: State,
        centre: Float[Tensor, "d"],
        direction: Float[Tensor, "d"],
        generator: torch.Generator,
    ) -> Float[Tensor, "d"]:
        """Halve the step until it improves; stay if none does."""
        unit = direction / torch.linalg.vector_norm(direction)
        wall = torch.where(unit > 0, state.model.half_width, -state.model.half_width)
        step = float(((wall - centre) / unit).clamp(min=0).min()) or 1.0
        while step > SMALLEST_STEP:
            z = centre + step * direction
            y = state.task.score(state.model.decode(z[None], generator))[0]
            if y > float(state.y[-1]):
                return z
            step /= 2
        return centre
