"""Singular values and right singular vectors of a decoder at a point, exact or estimated."""

import logging
from typing import Any, Literal

import torch
from jaxtyping import Float
from torch import Tensor

logger = logging.getLogger(__name__)

JacobianKind = Literal["exact", "rows", "sketch"]


def spectrum(
    model: Any,
    centre: Float[Tensor, "d"],
    kind: JacobianKind,
    rows: int,
    generator: torch.Generator,
) -> tuple[Float[Tensor, "r"], Float[Tensor, "r d"]]:
    """Singular values, largest first, and right singular vectors; r = min(rows, d).

    Raises:
        ValueError: the Jacobian is not finite.
    """
    jacobian = estimate(model.jacobian(centre), kind, rows, generator).to("cpu", torch.float64)
    if not torch.isfinite(jacobian).all():
        raise ValueError("the decoder's Jacobian is not finite at the centre of the search")
    values, directions = right_singular(jacobian)
    if values[0] == 0:
        logger.warning("the decoder does not react to its input here: all directions are equal")
    return values, directions


def estimate(
    jacobian: Float[Tensor, "m d"], kind: JacobianKind, rows: int, generator: torch.Generator
) -> Float[Tensor, "r d"]:
    m = len(jacobian)
    if kind == "rows":
        chosen = torch.randperm(m, generator=generator)[:rows]
        return jacobian[chosen] * (m / min(rows, m)) ** 0.5
    if kind == "sketch":
        omega = torch.randn(rows, m, generator=generator, dtype=jacobian.dtype)
        return omega @ jacobian / rows**0.5
    return jacobian


def right_singular(
    jacobian: Float[Tensor, "r d"],
) -> tuple[Float[Tensor, "k"], Float[Tensor, "k d"]]:
    r, d = jacobian.shape
    if r < 2 * d:
        _, values, directions = torch.linalg.svd(jacobian, full_matrices=False)
        return values, directions
    squares, vectors = torch.linalg.eigh(jacobian.T @ jacobian)
    return squares.flip(0).clamp(min=0).sqrt(), vectors.flip(1).T.contiguous()
