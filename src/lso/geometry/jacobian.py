"""The Jacobian of a decoder, J[n, ..., k] = ∂ decoder(z)[n, ...] / ∂ z[n, k].

Exact and in chunks (`linearise`, `jacobian`), as a random summary of its rows (`sample_rows`,
`sketch_rows`), and its singular values with their latent directions (`singular_directions`).
A decoder is any callable of torch that maps every row of z by itself: (n, d) -> (n, ...).
"""

import logging
from collections.abc import Callable

import torch
import torch.nn.functional as F
from jaxtyping import Float
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.attention import SDPBackend, sdpa_kernel

from lso.geometry._forward_rules import ForwardRules

logger = logging.getLogger(__name__)

Decoder = Callable[[Tensor], Tensor]
MEMORY_BUDGET = 2**31  # bytes
# Bytes of one tangent, in those that one latent leaves on the tape of a plain forward pass, with
# and without a tape; measured on recurrent and attention decoders.
COPIES_ON_TAPE = 4
COPIES_WITHOUT = 1


def linearise(
    decoder: Decoder, z: Float[Tensor, "n d"], directions: Float[Tensor, "k d"]
) -> tuple[Float[Tensor, "n ..."], Float[Tensor, "n ... k"]]:
    """Return outputs and their derivatives along directions, both differentiable in z.

    Forward mode: one pass carries z once and all k tangents as rows of the same products. A
    decoder with a layer that knows no forward mode takes one reverse pass per output instead.

    Raises:
        ValueError: the decoder itself fails on z.
    """
    try:
        return _push_forward(decoder, z, directions)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        read(decoder, z)
        reason = str(error).partition("\n")[0]
        logger.warning("one reverse pass per output, as the decoder lacks forward mode: %s", reason)
        return _pull_back(decoder, z, directions)


def jacobian(
    decoder: Decoder, z: Float[Tensor, "n d"], memory_budget: int = MEMORY_BUDGET
) -> tuple[Float[Tensor, "n ..."], Float[Tensor, "n ... d"]]:
    """Return outputs and exact Jacobian, without tape, in chunks of latents and tangents.

    Args:
        decoder: (n, d) -> (n, ...).
        z: latent points.
        memory_budget: bytes that one chunk may take beside the result.
    """
    outputs, blocks = [], []
    with torch.no_grad():
        points, tangents = chunk_sizes(row_bytes(decoder, z), z.shape[1], memory_budget)
        for part in z.split(points):
            columns = [linearise(decoder, part, e) for e in axes(z).split(tangents)]
            outputs.append(columns[0][0])
            blocks.append(torch.cat([column for _, column in columns], dim=-1))
        return torch.cat(outputs), torch.cat(blocks)


def difference(
    decoder: Decoder, z: Float[Tensor, "n d"], step: float
) -> tuple[Float[Tensor, "n ..."], Float[Tensor, "n ... d"]]:
    """Return outputs and (decoder(z + step e_k) - decoder(z)) / step, for comparison only."""
    n, d = z.shape
    moved = torch.cat([z[None], z + step * axes(z)[:, None]])  # (1 + d, n, d)
    outputs = read(decoder, moved.flatten(0, 1)).unflatten(0, (1 + d, n))
    return outputs[0], ((outputs[1:] - outputs[0]) / step).movedim(0, -1)


def sample_rows(
    decoder: Decoder, z: Float[Tensor, "n d"], rows: int, generator: torch.Generator
) -> Float[Tensor, "n r d"]:
    """Draw r of the m rows of J without replacement, times √(m/r): E[J_SᵀJ_S] = JᵀJ.

    Source: chiu2020, stochastic Jacobian of the released code (there without the factor).
    """
    outputs, point = _outputs_with_tape(decoder, z)
    m = outputs.shape[1]
    chosen = torch.randperm(m, generator=generator)[: min(rows, m)]
    cotangents = F.one_hot(chosen, m).to(outputs) * (m / len(chosen)) ** 0.5
    return _pull_rows(outputs, point, cotangents)


def sketch_rows(
    decoder: Decoder, z: Float[Tensor, "n d"], rows: int, generator: torch.Generator
) -> Float[Tensor, "n r d"]:
    """Return ΩJ / √r, Ω (r, m) of random signs: unbiased too, steadier where few rows count."""
    outputs, point = _outputs_with_tape(decoder, z)
    signs = torch.randint(2, (rows, outputs.shape[1]), generator=generator) * 2 - 1
    return _pull_rows(outputs, point, signs.to(outputs) / rows**0.5)


def singular_directions(
    matrix: Float[Tensor, "n m d"],
) -> tuple[Float[Tensor, "n r"], Float[Tensor, "n r d"]]:
    """Return singular values, largest first, and right singular vectors; r = min(m, d).

    By QR first: the left vectors, which may be as long as an image, are never formed.
    """
    _, triangle = torch.linalg.qr(matrix.double(), mode="r")
    _, values, directions = torch.linalg.svd(triangle, full_matrices=False)
    return values, directions


def axes(z: Float[Tensor, "n d"]) -> Float[Tensor, "d d"]:
    """The latent axes, as directions of `linearise`."""
    return torch.eye(z.shape[1], dtype=z.dtype, device=z.device)


def row_bytes(decoder: Decoder, z: Float[Tensor, "n d"]) -> int:
    """Bytes that one more latent adds to the tape of a plain forward pass (weights cancel)."""
    one, two = (_tape_bytes(decoder, z[:1].repeat(n, 1)) for n in (1, 2))
    return max(two - one, 1)


def chunk_sizes(
    bytes_of_row: int, latent_dim: int, memory_budget: int, is_taped: bool = False
) -> tuple[int, int]:
    """Latents and tangents at once: all d tangents unless one latent is already too large."""
    copies = COPIES_ON_TAPE if is_taped else COPIES_WITHOUT
    rows = memory_budget // (copies * bytes_of_row)
    return max(rows // (latent_dim + 1), 1), min(max(rows - 1, 1), latent_dim)


def read(decoder: Decoder, z: Float[Tensor, "n d"]) -> Tensor:
    """Run the decoder; a ValueError instead of an error from its depths."""
    try:
        return decoder(z)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        raise ValueError(f"the decoder fails on z of shape {tuple(z.shape)}: {error}") from error


def _push_forward(decoder: Decoder, z: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    def push(direction: Tensor) -> tuple[Tensor, Tensor]:
        with ForwardRules():
            return torch.func.jvp(decoder, (z,), (direction.expand_as(z),))

    with sdpa_kernel(SDPBackend.MATH):  # the fused attention kernels know no forward mode
        pushed = torch.func.vmap(push, out_dims=(None, 0), randomness="same")
        outputs, tangents = pushed(directions)
    return outputs, tangents.movedim(0, -1)


def _pull_back(decoder: Decoder, z: Tensor, directions: Tensor) -> tuple[Tensor, Tensor]:
    keep = torch.is_grad_enabled() and z.requires_grad
    outputs, point = _outputs_with_tape(decoder, z)
    identity = torch.eye(outputs.shape[1], dtype=outputs.dtype, device=outputs.device)
    rows = _pull_rows(outputs, point, identity, keep) @ directions.T  # (n, m, k)
    shape = read(decoder, z[:1].detach()).shape[1:]
    outputs = outputs if keep else outputs.detach()
    return outputs.unflatten(1, shape), rows.unflatten(1, shape)


def _outputs_with_tape(decoder: Decoder, z: Tensor) -> tuple[Tensor, Tensor]:
    with torch.enable_grad():
        point = z if z.requires_grad else z.detach().requires_grad_()
        return read(decoder, point).flatten(1), point


def _pull_rows(outputs: Tensor, z: Tensor, cotangents: Tensor, keep: bool = False) -> Tensor:
    if not outputs.requires_grad:  # a constant
        return z.new_zeros(len(z), len(cotangents), z.shape[1])
    rows = [
        torch.autograd.grad(outputs, z, row.expand_as(outputs), True, keep)[0] for row in cotangents
    ]
    return torch.stack(rows, dim=1)


def _tape_bytes(decoder: Decoder, z: Tensor) -> int:
    sizes: dict[int, int] = {}

    def record(saved: Tensor) -> Tensor:
        sizes[saved.untyped_storage().data_ptr()] = saved.untyped_storage().nbytes()
        return saved

    with torch.enable_grad(), saved_tensors_hooks(record, lambda saved: saved):
        outputs = read(decoder, z.detach().requires_grad_())
    return sum(sizes.values()) + outputs.nbytes
