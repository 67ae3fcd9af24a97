"""The logarithm of the volume that rows R span, -½ log det(RᵀR), and its cotangent -(R⁺)ᵀ."""

import torch
from jaxtyping import Float
from torch import Tensor


def factorise(
    rows: Float[Tensor, "n m d"], by: str, vectors: bool = False
) -> tuple[Float[Tensor, "n m d"] | None, Float[Tensor, "n d d"]]:
    """Return R = Q T, T a triangle, Q only on demand, by Householder `qr`.

    By `gram`, as in the authors' released code, the singular values are roots of those of RᵀR:
    that squares the condition number and loses the small ones.

    Raises:
        ValueError: fewer rows than columns, which span no volume.
    """
    m, d = rows.shape[1:]
    if m < d:
        raise ValueError(f"the decoder has {m} outputs, fewer than its {d} latent dimensions")
    if by == "qr":
        q, triangle = torch.linalg.qr(rows, mode="reduced" if vectors else "r")
        return (q if vectors else None), triangle
    _, squares, directions = torch.linalg.svd(rows.mT @ rows)
    roots = squares.sqrt()[:, None]
    turn, triangle = torch.linalg.qr(roots.mT * directions)
    return (rows @ (directions.mT / roots) @ turn if vectors else None), triangle


def log_singular_values(
    triangle: Float[Tensor, "n d d"], log_scale: Float[Tensor, "n"]
) -> Float[Tensor, "n d"]:
    """log σ_i of R times its scale, largest first; at least log 1e-308 before the scale."""
    values = torch.linalg.svdvals(triangle)
    return values.clamp(min=_tiny(values)).log() + log_scale[:, None]


def log_volume(
    triangle: Float[Tensor, "n d d"], log_scale: Float[Tensor, "n"]
) -> Float[Tensor, "n"]:
    """Σ log σ_i = Σ log |T_ii|, without a second factorisation."""
    diagonal = triangle.diagonal(dim1=1, dim2=2).abs()
    return (diagonal.clamp(min=_tiny(diagonal)).log() + log_scale[:, None]).sum(1)


def inverse_transpose(
    q: Float[Tensor, "n m d"],
    triangle: Float[Tensor, "n d d"],
    smallest: Float[Tensor, "n"],
) -> Float[Tensor, "n m d"]:
    """(R⁺)ᵀ = Q U Σ⁻¹ Vᵀ from T = U Σ Vᵀ, where σ_i <= smallest counts as no direction."""
    u, values, vt = torch.linalg.svd(triangle)
    kept = values > torch.maximum(smallest, tolerance(values))[:, None]
    inverse = torch.where(kept, 1 / values, 0.0)
    return q @ ((u * inverse[:, None]) @ vt)


def tolerance(values: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
    """Singular values up to d ε σ_1 are rounding errors."""
    return values.shape[1] * torch.finfo(values.dtype).eps * values[:, 0]


def _tiny(x: Tensor) -> float:
    return torch.finfo(x.dtype).tiny
