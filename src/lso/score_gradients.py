"""Where the scores of latent points point, and what a value and a gradient cost."""

import time
from collections.abc import Mapping

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from lso.detection import Latents
from lso.interfaces import Model
from lso.latent_scores import LatentScore, Score

BATCH = 10  # points together, as many as ronen2024 asks in a round


def compare_gradients(
    model: Model,
    latents: Latents,
    scores: Mapping[str, LatentScore],
    reference: str,
    generator: torch.Generator,
) -> pd.DataFrame:
    """Score latent points, differentiate the scores and compare the directions with one of them.

    Args:
        model: a model in evaluation mode.
        latents: see `lso.detection.draw_latents`.
        scores: name -> settings.
        reference: the score whose gradients the others are compared with.
        generator: source of dropout masks.

    Returns:
        One row per point and score: point, set, valid, score, reference, value, cosine (of the
        gradient with that of the reference) and norm_ratio (over its norm), both NaN where a
        gradient is zero or not finite, seconds of the value and gradient_seconds of value and
        gradient together (of the processor, its share of a batch).

    Raises:
        ValueError: the reference is none of the scores.
    """
    if reference not in scores:
        raise ValueError(f"reference: no score {reference!r}; known: {', '.join(scores)}")
    points = latents.table(model, generator)
    frames, gradients = {}, {}
    for name, score in scores.items():
        function = score.bind(model, latents.reference, generator)
        function(latents.z[:BATCH])  # what the first call measures once is no cost of a point
        parts = latents.z.split(BATCH)
        _, seconds = _per_point([_value(function, part) for part in parts])
        values, gradient_seconds = _per_point([_gradient(function, part) for part in parts])
        gradients[name] = values[:, 1:]
        frames[name] = points.assign(
            score=name,
            reference=reference,
            value=values[:, 0].numpy(),
            seconds=seconds.numpy(),
            gradient_seconds=gradient_seconds.numpy(),
        )
    norms = {name: torch.linalg.vector_norm(g, dim=1) for name, g in gradients.items()}
    for name, frame in frames.items():
        product = (gradients[name] * gradients[reference]).sum(1)
        cosine = product / (norms[name] * norms[reference])
        ratio = (norms[name] / norms[reference]).where(cosine.isfinite(), torch.nan)
        frame["cosine"] = cosine.where(cosine.isfinite(), torch.nan).clamp(-1, 1).numpy()
        frame["norm_ratio"] = ratio.numpy()
    return pd.concat(frames.values(), ignore_index=True)


def _value(score: Score, z: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n 1"], float]:
    """Values as a column, and seconds."""
    start = time.process_time()
    with torch.no_grad():
        values = score(z)
    return values.double().cpu()[:, None], time.process_time() - start


def _gradient(score: Score, z: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n k"], float]:
    """Values as the first column, gradients as the others, and seconds."""
    start = time.process_time()
    point = z.detach().requires_grad_()
    values = score(point)
    (gradient,) = torch.autograd.grad(values.sum(), point)
    columns = torch.cat([values.detach()[:, None].to(gradient), gradient], dim=1)
    return columns.double().cpu(), time.process_time() - start


def _per_point(
    batches: list[tuple[Tensor, float]],
) -> tuple[Float[Tensor, "n k"], Float[Tensor, "n"]]:
    """Rows of all batches, and of every row its share of the seconds of its batch."""
    seconds = [taken / len(rows) for rows, taken in batches for _ in rows]
    rows = torch.cat([rows for rows, _ in batches])
    return rows, torch.tensor(seconds, dtype=rows.dtype)
