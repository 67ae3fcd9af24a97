"""What the memory of a line method holds: the line, and what was answered to it."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.subspace import Line
from lso.interfaces import State
from lso.users._slider import Choice, Looks

SAME = 1e-9  # latent points closer than this are one


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


def settle(state: State) -> State:
    """Choose by the values of positions that were asked, if that is what the last query was."""
    asked_at = int(state.memory.get("asked_at", len(state.y)))
    if asked_at == len(state.y):
        return state
    line = line_in(state)
    y = torch.nan_to_num(state.y, nan=-torch.inf)
    told = y[asked_at:]  # fewer than asked where a budget or a retraining cut them
    handle = line.points(np.array([line.handle]))
    there = torch.linalg.vector_norm(state.z[:asked_at] - handle, dim=1) < SAME
    best = int(told.argmax())
    is_better = told[best] > y[:asked_at][there].max() if there.any() else True
    position = float(state.memory["looks"][best]) if is_better else line.handle
    return _choose(state, line, position)


def choice_in(state: State) -> Float[Tensor, "d"]:
    """The last choice: among positions that were asked, else the last query itself."""
    return state.memory["choice"] if "looks" in state.memory else state.z[-1]


def remember_answer(state: State, line: Line, answer: Choice | Looks) -> State:
    if isinstance(answer, Looks):
        shown = len(answer.positions)
        asked_at = torch.tensor(len(state.y))
        state = state.remember(looks=torch.as_tensor(answer.positions), asked_at=asked_at)
    else:
        shown = answer.shown
        state = _choose(state, line, answer.position)
    return state.remember(shown=torch.cat([state.memory["shown"], torch.tensor([shown])]))


def _choose(state: State, line: Line, position: float) -> State:
    return state.remember(
        choice=line.points(np.array([position]))[0],
        position=torch.tensor(position, dtype=torch.float64),
    )


def has_gained(state: State) -> bool:
    """Whether the last query, or the best of the last line, is better than all before it."""
    if len(state.y) == 0:
        return False
    y = torch.nan_to_num(state.y, nan=-torch.inf)
    before = int(state.memory.get("asked_at", len(y) - 1))
    return bool(y[before:].max() > (y[:before].max() if before else -torch.inf))
