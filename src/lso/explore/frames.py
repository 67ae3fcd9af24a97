"""The frames of a slider, coarse positions first, and the exploration score of each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lso.geometry.exploration_score import LatentExplorationScore
from lso.geometry.subspace import Line
from lso.interfaces import Object
from lso.methods._line import draw_prior, half_width_of
from lso.optimisation import generator_for

REFERENCE = 64  # prior draws that the score's scale is taken from
BATCH = 16  # frames decoded or scored together


@dataclass(frozen=True)
class Frame:
    """One position of a slider.

    Args:
        z: (d,) latent point.
        x: its object, None where there is none.
        trouble: why there is none; empty otherwise.
        is_outside: beyond the box that holds 95 % of the prior.
    """

    z: Float[Tensor, "d"]
    x: Object | None
    trouble: str
    is_outside: bool


def positions(line: Line, count: int) -> Float[np.ndarray, "k"]:
    """Equidistant positions in [0, 1]; a line that is a point has one."""
    return np.linspace(0, 1, count) if line.half_length > 0 else np.array([0.5])


def handle_index(line: Line, count: int) -> int:
    """The frame on which the handle stands."""
    return int(np.abs(positions(line, count) - line.handle).argmin())


def coarse_to_fine(count: int, first: int) -> Iterator[list[int]]:
    """Yield all indices once, in batches: the handle's alone, then ever smaller steps."""
    done = {first}
    yield [first]
    step = 1 << max(count - 1, 1).bit_length()
    while step >= 1:
        new = [i for i in range(0, count, step) if i not in done]
        done.update(new)
        yield from (new[i : i + BATCH] for i in range(0, len(new), BATCH))
        step //= 2


def look(model: Any, z: Float[Tensor, "n d"], generator: torch.Generator) -> list[Frame]:
    """Decode latent points; a point whose decoder output is not finite has no object."""
    with torch.no_grad():
        is_finite = torch.isfinite(model.logits(z)).flatten(1).all(1).cpu()
    x: list[Object | None] = [None] * len(z)
    good = torch.nonzero(is_finite).flatten().tolist()
    if good:
        for i, item in zip(good, model.decode(z[good], generator), strict=True):
            x[i] = item
    outside = _is_outside(model, z)
    return [
        Frame(z[i], x[i], _trouble(x[i], bool(is_finite[i])), bool(outside[i]))
        for i in range(len(z))
    ]


def frames_of(
    model: Any, line: Line, count: int, key: tuple[int | str, ...]
) -> Iterator[dict[int, Frame]]:
    """Yield a line's frames, coarse ones first; the same for the same line and key."""
    t = positions(line, count)
    for k, batch in enumerate(coarse_to_fine(len(t), handle_index(line, count))):
        found = look(model, line.points(t[batch]), generator_for("frames", *key, k))
        yield dict(zip(batch, found, strict=True))


def scale_of(model: Any, score: LatentExplorationScore) -> Float[np.ndarray, "n"]:
    """Scores of prior draws, sorted: what a frame's score is compared with."""
    z = draw_prior(model, REFERENCE, generator_for("reference"))
    values = np.concatenate([scores_of(score, part) for part in z.split(BATCH)])
    return np.sort(values[np.isfinite(values)])


def scores_of(score: LatentExplorationScore, z: Float[Tensor, "n d"]) -> Float[np.ndarray, "n"]:
    """Exploration scores; NaN where the decoder is undefined or does not react."""
    try:
        return score(z).cpu().numpy()
    except ValueError:
        if len(z) == 1:
            return np.array([np.nan])
    return np.concatenate([scores_of(score, point) for point in z.split(1)])


def _is_outside(model: Any, z: Float[Tensor, "n d"]) -> Bool[Tensor, "n"]:
    return z.abs().amax(1) >= half_width_of(model)


def _trouble(item: Object | None, is_finite: bool) -> str:
    if not is_finite:
        return "The decoder's output is not a number here"
    return "" if item is not None else "No valid object here"
