"""A user with a person's limits, every one of which can be switched off."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np
import torch
from jaxtyping import Float

from lso.users._slider import Choice, Slider, grid


@dataclass(frozen=True)
class SimulatedUser:
    """Look at some frames, choose among them with error, place the handle with error.

    Ours. Utilities are compared in units of the start's utility, so that one setting serves
    all problems. The defaults switch everything off but the resolution.

    Args:
        resolution: K equidistant positions that can be looked at.
        perception: τ, just noticeable share: a frame is chosen with probability
            ∝ exp(utility / τ); 0 chooses the best.
        hand: standard deviation of the handle's final position, then rounded to 1/1000.
        inertia: δ, share by which the best frame must beat the handle's to be chosen.
        climbs: look outwards from the handle, on each side until a drop of more than
            `inertia` below the best seen there; otherwise look at all positions.
        lapse: probability of a random position.
        patience: stop, leaving the handle where it is, after this many sliders without gain;
            0 never stops.
    """

    resolution: int = 101
    perception: float = 0.0
    hand: float = 0.0
    inertia: float = 0.0
    climbs: bool = False
    lapse: float = 0.0
    patience: int = 0

    def __post_init__(self) -> None:
        if self.resolution < 3:
            raise ValueError(f"resolution must be >= 3, came {self.resolution}")
        for field in fields(self):
            if getattr(self, field.name) < 0:
                raise ValueError(f"{field.name} must be >= 0, came {getattr(self, field.name)}")
        if self.lapse > 1:
            raise ValueError(f"lapse must be in [0, 1], came {self.lapse}")

    def choose(self, slider: Slider, generator: torch.Generator) -> Choice:
        """Choose a position; the handle's own is always among those looked at."""
        if self.patience and slider.idle >= self.patience:
            return Choice(slider.handle, 0)
        noise = np.random.default_rng(int(torch.randint(2**62, (), generator=generator)))
        t, centre = grid(self.resolution, slider.handle)
        if self.climbs:
            seen, u = self._look_outwards(t, centre, slider)
        else:
            seen, u = np.arange(len(t)), slider.look(t) / slider.scale
        if noise.random() < self.lapse:
            return Choice(float(t[noise.integers(len(t))]), len(seen))
        handle = int(np.flatnonzero(seen == centre)[0])
        u = self._perceive(u, noise)
        best = int(u.argmax())
        if not u[best] > u[handle] + self.inertia:
            return Choice(slider.handle, len(seen))
        return Choice(self._place(float(t[seen[best]]), noise), len(seen))

    def _perceive(
        self, utilities: Float[np.ndarray, "s"], noise: np.random.Generator
    ) -> Float[np.ndarray, "s"]:
        """Add Gumbel noise: the largest is then a draw from the softmax at temperature τ."""
        if self.perception == 0:
            return utilities
        return utilities + self.perception * noise.gumbel(size=len(utilities))

    def _place(self, position: float, noise: np.random.Generator) -> float:
        if self.hand == 0:
            return position
        return float(np.clip(np.round(position + noise.normal(0, self.hand), 3), 0, 1))

    def _look_outwards(
        self, t: Float[np.ndarray, "k"], centre: int, slider: Slider
    ) -> tuple[np.ndarray, Float[np.ndarray, "s"]]:
        """Indices and utilities of the frames looked at."""

        def walk(side: range) -> Iterator[tuple[int, float]]:
            highest = at_handle
            for i in side:
                u = float(slider.look(t[i : i + 1])[0]) / slider.scale
                yield i, u
                highest = max(highest, u)
                if u < highest - self.inertia:
                    return

        at_handle = float(slider.look(t[centre : centre + 1])[0]) / slider.scale
        frames = [(centre, at_handle)]
        frames += [*walk(range(centre + 1, len(t))), *walk(range(centre - 1, -1, -1))]
        indices, utilities = zip(*frames, strict=True)
        return np.array(indices), np.array(utilities)
