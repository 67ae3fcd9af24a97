"""What a user sees and answers."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float


@dataclass(frozen=True)
class Slider:
    """One slider, as offered.

    Args:
        look: utilities of positions in [0, 1]; −inf where the object is invalid.
        handle: position at which the handle stands.
        idle: consecutive sliders before this one that brought no gain.
        scale: utility that counts as 1 in settings that are shares: that of the start, > 0.
    """

    look: Callable[[Float[np.ndarray, "s"]], Float[np.ndarray, "s"]]
    handle: float = 0.5
    idle: int = 0
    scale: float = 1.0


@dataclass(frozen=True)
class Choice:
    """The answer.

    Args:
        position: in [0, 1].
        shown: positions looked at.
    """

    position: float
    shown: int


@dataclass(frozen=True)
class Looks:
    """The answer of one who cannot look for free: positions to be asked as queries first.

    Args:
        positions: in [0, 1]; the best of them and of the handle, if its value is known, is
            the choice.
    """

    positions: Float[np.ndarray, "s"]


@runtime_checkable
class User(Protocol):
    """A frozen dataclass whose fields are its settings."""

    def choose(self, slider: Slider, generator: torch.Generator) -> Choice | Looks:
        """Choose a position, or ask for the values of some."""
        ...


def grid(positions: int, handle: float) -> tuple[Float[np.ndarray, "s"], int]:
    """Equidistant positions in [0, 1] and the index of the one closest to the handle.

    That one is moved to the handle, so that staying is always possible.
    """
    t = np.linspace(0, 1, positions)
    centre = int(np.abs(t - handle).argmin())
    t[centre] = handle
    return t, centre
