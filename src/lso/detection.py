"""Which latent points decode to valid objects, and what the scores say of each.

Source: ronen2024, the experiment of its Table 1.
"""

import copy
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
import torch
from jaxtyping import Bool, Float
from torch import Tensor

from lso.interfaces import Model, Object
from lso.latent_scores import LatentScore

BATCH = 100  # points scored together
SETS = ("data", "prior", "far")


@dataclass(frozen=True)
class DetectionSettings:
    """What is scored, and how it is encoded.

    The defaults are the clean protocol; `split: all`, `batch_statistics: true` and
    `reference: none` are the authors'.

    Args:
        points: latents in each of the three sets: encoded objects, N(0, scale² I) and far ones,
            N(0, (far scale)² I).
        split: objects that are encoded: those that no model was trained on, or all.
        batch_statistics: encode with the batch norms in training mode, as the authors' code does.
        reference: training objects for the distances; 0: the scored objects themselves, of which
            each is then its own neighbour, as in the authors' code.
        far: see `points`.
        scale: see `points`; None: the model's noise, as in the authors' code, whose models keep
            their data there.
    """

    points: int = 500
    split: Literal["validation", "all"] = "validation"
    batch_statistics: bool = False
    reference: int = 500
    far: float = 5.0
    scale: float | None = None

    def __post_init__(self) -> None:
        if self.points < 2 or self.reference < 0 or not self.far > 0:
            raise ValueError(
                "points must be >= 2, reference >= 0 and far > 0, came "
                f"{self.points}, {self.reference} and {self.far}"
            )
        if self.scale is not None and not self.scale > 0:
            raise ValueError(f"scale must be > 0 or null, came {self.scale}")


@dataclass(frozen=True)
class Latents:
    """Three sets of latent points, one below another, and what distances are measured to.

    Args:
        z: those of `SETS`, equally many of each.
        reference: encoded training objects.
    """

    z: Float[Tensor, "n d"]
    reference: Float[Tensor, "m d"]

    def table(self, model: Model, generator: torch.Generator) -> pd.DataFrame:
        """Decode: columns point, set, valid."""
        valid = [item is not None for item in model.decode(self.z, generator)]
        sets = np.repeat(SETS, len(self.z) // len(SETS))
        return pd.DataFrame({"point": np.arange(len(self.z)), "set": sets, "valid": valid})


def score_latents(
    model: Model,
    x: Sequence[Object],
    validation: Bool[np.ndarray, "m"],
    scores: Mapping[str, LatentScore],
    settings: DetectionSettings,
    generator: torch.Generator,
) -> pd.DataFrame:
    """Draw the three sets of latent points, decode them and score them.

    Args:
        model: a model in evaluation mode.
        x: objects; those that the model cannot represent are left out.
        validation: which of them no model was trained on.
        scores: name -> settings.
        settings: of the experiment.
        generator: of all draws.

    Returns:
        One row per point and score: point, set (`data`, `prior`, `far`), valid, score, value
        (larger where valid is expected), seconds (of the processor, its share of a batch:
        a busy machine does not change them).

    Raises:
        ValueError: there are fewer objects than points.
    """
    latents = draw_latents(model, x, validation, settings, generator)
    points = latents.table(model, generator)
    frames = []
    for name, score in scores.items():
        values, seconds = _timed(score.bind(model, latents.reference, generator), latents.z)
        frames.append(points.assign(score=name, value=values, seconds=seconds))
    return pd.concat(frames, ignore_index=True)


def draw_latents(
    model: Model,
    x: Sequence[Object],
    validation: Bool[np.ndarray, "m"],
    settings: DetectionSettings,
    generator: torch.Generator,
) -> Latents:
    """Encode objects and draw from the prior, as the settings say; see `score_latents`."""
    can = model.representation.can_represent
    held_out = [i for i, item in enumerate(x) if validation[i] and can(item)]
    others = [i for i, item in enumerate(x) if not validation[i] and can(item)]
    source = held_out if settings.split == "validation" else [*held_out, *others]
    encoded = _encode(model, _draw(x, source, settings.points, generator), settings)
    reference = encoded
    if settings.reference:
        reference = model.encode(_draw(x, others, settings.reference, generator))
    scale = model.noise if settings.scale is None else settings.scale
    prior, far = (
        width * scale * torch.randn(encoded.shape, generator=generator, dtype=encoded.dtype)
        for width in (1.0, settings.far)
    )
    return Latents(torch.cat([encoded, prior, far]), reference)


def _draw(x: Sequence, source: list[int], number: int, generator: torch.Generator) -> list:
    if len(source) < number:
        raise ValueError(f"expected at least {number} objects to encode, came {len(source)}")
    chosen = torch.randperm(len(source), generator=generator)[:number].tolist()
    return [x[source[i]] for i in chosen]


def _encode(model: Model, x: list, settings: DetectionSettings) -> Float[Tensor, "n d"]:
    if not settings.batch_statistics:
        return model.encode(x)
    arrays = torch.as_tensor(model.representation.arrays(x))
    with torch.no_grad():  # a copy, for training mode changes the running statistics
        return copy.deepcopy(model).train().posterior(arrays)[0].double()


def _timed(score: Any, z: Float[Tensor, "n d"]) -> tuple[np.ndarray, np.ndarray]:
    values, seconds = [], []
    with torch.no_grad():
        for part in z.split(BATCH):
            start = time.process_time()
            values.append(score(part).double().cpu().numpy())
            seconds += [(time.process_time() - start) / len(part)] * len(part)
    return np.concatenate(values), np.array(seconds)
