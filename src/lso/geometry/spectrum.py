"""Singular values and right singular vectors of a decoder at a point, exact or estimated."""

import logging
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.jacobian import jacobian, sample_rows, singular_directions, sketch_rows

logger = logging.getLogger(__name__)

JacobianKind = Literal["exact", "rows", "sketch"]


def spectrum(
    model: Any,
    centre: Float[Tensor, "d"],
    kind: JacobianKind,
    rows: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, "r"], Float[Tensor, "r d"]]:
    """Singular values, largest first, and right singular vectors of the Jacobian of the logits.

    Args:
        model: whose own closed form, `jacobian`, serves if it has one.
        centre: where.
        kind: exact, a random sample of `rows` rows, or as many random combinations of all rows.
        rows: at most as many singular values result.
        generator: of the samples.

    Raises:
        ValueError: the Jacobian is not finite.
    """
    with torch.no_grad():
        matrix = _matrix(model, centre, kind, rows, generator).to("cpu", torch.float64)
    if not torch.isfinite(matrix).all():
        raise ValueError("the decoder's Jacobian is not finite at the centre of the search")
    values, directions = singular_directions(matrix[None])
    if values[0, 0] == 0:
        logger.warning("the decoder does not react to its input here: all directions are equal")
    return values[0], directions[0]


def _matrix(
    model: Any,
    centre: Float[Tensor, "d"],
    kind: JacobianKind,
    rows: int,
    generator: torch.Generator,
) -> Float[Tensor, "r d"]:
    if hasattr(model, "jacobian"):
        exact = model.jacobian(centre)
        if kind == "exact":
            return exact

        def decoder(z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
            return z @ exact.T  # linear with the same Jacobian

        z = centre[None].to(exact)
    else:
        decoder = model.logits
        weight = next(model.parameters(), centre)
        z = centre[None].to(weight)
    if kind == "exact":
        return jacobian(decoder, z)[1][0].flatten(0, -2)
    estimate = sample_rows if kind == "rows" else sketch_rows
    return estimate(decoder, z, rows, generator)[0]
