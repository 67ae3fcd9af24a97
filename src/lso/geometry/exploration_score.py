"""The latent exploration score: how much a decoder contracts latent volume around a point."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from lso.geometry._decoder import FrozenDecoder, draw_seed
from lso.geometry._links import LINKS, link_of
from lso.geometry._volume import (
    factorise,
    inverse_transpose,
    log_singular_values,
    log_volume,
    tolerance,
)
from lso.geometry.jacobian import (
    MEMORY_BUDGET,
    axes,
    chunk_sizes,
    difference,
    linearise,
    row_bytes,
)

DIFFERENCE_STEP = 1e-4  # the released code's


@dataclass(frozen=True)
class Inspection:
    """The score and what it rests on.

    Args:
        score: the score itself.
        singular_values: of J = B A, largest first.
        directions: right singular vectors of J, one a row, in the same order; signs are arbitrary.
        rank: number of singular values above d ε σ_1, ε = 2e-16: the others are rounding errors.
        is_singular: rank < d: the decoder ignores a direction, which inflates the score.
        is_saturated: the decoder is certain: no probability but the largest of a position
            exceeds ε.
    """

    score: Float[Tensor, "n"]
    singular_values: Float[Tensor, "n d"]
    directions: Float[Tensor, "n d d"]
    rank: Int[Tensor, "n"]
    is_singular: Bool[Tensor, "n"]
    is_saturated: Bool[Tensor, "n"]


class LatentExplorationScore(nn.Module):
    """LES(z) = -½ log det(JᵀJ) = -Σ_i log σ_i(J), J = B A: larger where the decoder is at home.

    A is the decoder's Jacobian, B that of the link; for tokens h(l_t) = (softmax(l_t), 1/C_t),
    C_t = Σ_v exp l_tv. Forward mode gives A, the link R = B A row by row, and LES is
    -Σ log |T_ii| of R = Q T, never by way of JᵀJ. The gradient has the cotangent -(R⁺)ᵀ of R and
    one reverse pass through A. Calling maps (n, d) to (n,); time is linear in n.

    Source: ronen2024, LES; the arithmetic is ours, theirs is `as_released`.

    Args:
        decoder: module that maps (n, d) to logits (n, l, v) or pixels (n, ...), or has a method
            `logits` that does. It is copied: a later change of its weights does not show.
        link: `softmax` for logits of tokens, `logistic` for logits of pixels, `identity` for
            outputs that count as they are; None: what the decoder has as `link`, else `softmax`.
        gradient: `exact`, or `detached`: A held constant, as in the paper.
        dtype: precision of the decoder's copy and of the score.
        floor: smaller singular values count as this one, which bounds the score; None: as 1e-308.
        memory_budget: bytes for temporary tensors; latents go in chunks, then their tangents.
        slope: `exact`, or the forward `difference` of the released code.
        factorisation: `qr`, or the `gram` matrix of the released code.
        dropout: source of the masks if the decoder shall score with dropout on.

    Raises:
        ValueError: impossible settings; a decoder in training mode; when called, latents or
            outputs of the wrong shape or device or not finite, outputs that do not depend on z.
    """

    def __init__(
        self,
        decoder: Any,
        *,
        link: str | None = None,
        gradient: str = "exact",
        dtype: torch.dtype = torch.float64,
        floor: float | None = None,
        memory_budget: int = MEMORY_BUDGET,
        slope: str = "exact",
        factorisation: str = "qr",
        dropout: torch.Generator | None = None,
    ) -> None:
        super().__init__()
        link = link or link_of(decoder)
        _require("link", link, *LINKS)
        _require("gradient", gradient, "exact", "detached")
        _require("slope", slope, "exact", "difference")
        _require("factorisation", factorisation, "qr", "gram")
        if slope == "difference" and gradient == "exact":
            raise ValueError("slope='difference' has no exact gradient; set gradient='detached'")
        if dtype not in (torch.float32, torch.float64):
            raise ValueError(f"dtype must be torch.float32 or torch.float64, came {dtype}")
        if floor is not None and not 0 < floor < math.inf:
            raise ValueError(f"floor must be positive and finite, came {floor}")
        if memory_budget < 1:
            raise ValueError(f"memory_budget must be at least 1 byte, came {memory_budget}")
        self.decoder = FrozenDecoder(decoder, dtype)
        self.link = LINKS[link]
        self.gradient, self.slope, self.factorisation = gradient, slope, factorisation
        self.floor, self.memory_budget, self.dropout = floor, memory_budget, dropout
        self._row_bytes: int | None = None  # measured at the first call

    @classmethod
    def as_released(
        cls, decoder: Any, dropout: torch.Generator | None = None
    ) -> "LatentExplorationScore":
        """The arithmetic of the authors' released code, for comparison only.

        float32, forward differences, a Gram matrix, A constant in the gradient, dropout on.
        Without a generator dropout is off, which the released code cannot do.
        """
        return cls(
            decoder,
            gradient="detached",
            dtype=torch.float32,
            slope="difference",
            factorisation="gram",
            dropout=dropout,
        )

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """Score latent points, larger is better; once differentiable in z."""
        if torch.is_grad_enabled() and z.requires_grad:
            return _WithGradient.apply(z, self)
        return self._run(z, self._score)[0]

    def score_and_gradient(
        self, z: Float[Tensor, "n d"]
    ) -> tuple[Float[Tensor, "n"], Float[Tensor, "n d"]]:
        """Score and gradient; directions beyond the numerical rank contribute no gradient."""
        return self._run(z, self._score_and_gradient, is_taped=self.gradient == "exact")

    def inspect(self, z: Float[Tensor, "n d"]) -> Inspection:
        """Score latent points and say what the score rests on."""
        score, log_values, directions, rank, log_uncertainty = self._run(z, self._spectrum)
        return Inspection(
            score=score,
            singular_values=log_values.exp(),
            directions=directions,
            rank=rank,
            is_singular=rank < z.shape[1],
            is_saturated=log_uncertainty < math.log(torch.finfo(score.dtype).eps),
        )

    def _run(
        self, z: Tensor, function: Callable[[Tensor], tuple], is_taped: bool = False
    ) -> tuple[Tensor, ...]:
        """Apply a function of a few latents to all of them, chunk by chunk."""
        self.decoder.require_evaluation()
        z = self.decoder.prepare(z.detach())
        if len(z) == 0:
            raise ValueError("expected at least one latent point, came none")
        if self._row_bytes is None:
            self._row_bytes = row_bytes(self.decoder, z)
        points, self._tangents = chunk_sizes(
            self._row_bytes, z.shape[1], self.memory_budget, is_taped
        )
        with torch.no_grad(), self._dropout():
            parts = [function(part) for part in z.split(points)]
        return tuple(torch.cat(part) for part in zip(*parts, strict=True))

    def _dropout(self) -> AbstractContextManager:
        on = self.dropout is not None
        return self.decoder.dropout(draw_seed(self.dropout)) if on else nullcontext()

    def _linearise(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """Outputs l and their Jacobian A."""
        if self.slope == "difference":
            _, jacobian = difference(self.decoder, z, DIFFERENCE_STEP)
            outputs = self.decoder(z)  # once more: with dropout, other masks
        else:
            directions = axes(z).split(self._tangents)
            outputs, *columns = linearise(self.decoder, z, directions[0])
            columns += [linearise(self.decoder, z, e)[1] for e in directions[1:]]
            jacobian = torch.cat(columns, dim=-1) if len(columns) > 1 else columns[0]
        self.decoder.require_finite(outputs.detach())
        self.decoder.require_finite(jacobian.detach(), "slopes")
        if not jacobian.any():
            self.decoder.require_reaction(z)
        return outputs, jacobian

    def _score(self, z: Tensor) -> tuple[Tensor]:
        outputs, jacobian = self._linearise(z)
        link = self.link(outputs)
        _, triangle = factorise(link.push(jacobian), self.factorisation)
        return (self._minus_log_volume(triangle, link.log_scale),)

    def _minus_log_volume(self, triangle: Tensor, log_scale: Tensor) -> Tensor:
        if self.floor is None:
            return -log_volume(triangle, log_scale)
        return -log_singular_values(triangle, log_scale).clamp(min=math.log(self.floor)).sum(1)

    def _score_and_gradient(self, z: Tensor) -> tuple[Tensor, Tensor]:
        """dLES = ⟨G, dR⟩, G = -(R⁺)ᵀ; the link pulls G back to (l, A), the tape these to z."""
        z = z.requires_grad_()
        exact, directions = self.gradient == "exact", axes(z).split(self._tangents)
        is_taped = exact and len(directions) == 1  # else one latent is too large for one tape
        with torch.set_grad_enabled(is_taped):
            outputs, slope = self._linearise(z)
        link, jacobian = self.link(outputs.detach()), slope.detach()
        rows = link.push(jacobian)
        q, triangle = factorise(rows, self.factorisation, vectors=True)
        floor = torch.exp(-link.log_scale) * (self.floor or 0.0)
        cotangent = -inverse_transpose(q, triangle, floor)
        bend, pull = link.bend(jacobian, rows, cotangent), link.pull(cotangent)
        with torch.enable_grad():
            if is_taped:
                gradient = _pull_back([outputs, slope], z, [bend, pull])
            else:
                gradient = _pull_back([self.decoder(z)], z, [bend])
            if exact and not is_taped:
                for e, part in zip(directions, pull.split(self._tangents, -1), strict=True):
                    gradient += _pull_back([linearise(self.decoder, z, e)[1]], z, [part])
        return self._minus_log_volume(triangle, link.log_scale), gradient

    def _spectrum(self, z: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        outputs, jacobian = self._linearise(z)
        link = self.link(outputs)
        _, triangle = factorise(link.push(jacobian), self.factorisation)
        _, values, directions = torch.linalg.svd(triangle)
        rank = (values > tolerance(values)[:, None]).sum(1)
        logs = log_singular_values(triangle, link.log_scale)
        score = self._minus_log_volume(triangle, link.log_scale)
        return score, logs, directions, rank, link.log_uncertainty


class _WithGradient(torch.autograd.Function):
    """The score with a gradient that is computed at once, chunk by chunk, and kept: it is small."""

    @staticmethod
    def forward(ctx: Any, z: Tensor, score: LatentExplorationScore) -> Tensor:
        values, gradient = score.score_and_gradient(z)
        ctx.save_for_backward(gradient.to(z.dtype))
        return values

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, cotangent: Tensor) -> tuple[Tensor, None]:
        (gradient,) = ctx.saved_tensors
        return cotangent[:, None].to(gradient) * gradient, None


def _pull_back(outputs: list[Tensor], z: Tensor, cotangents: list[Tensor]) -> Tensor:
    """Jᵀ cotangents, zero for outputs that do not depend on z."""
    pairs = [(x, g) for x, g in zip(outputs, cotangents, strict=True) if x.requires_grad]
    if not pairs:
        return torch.zeros_like(z)
    taped, weights = zip(*pairs, strict=True)
    return torch.autograd.grad(taped, z, weights, allow_unused=True, materialize_grads=True)[0]


def _require(name: str, value: str, *known: str) -> None:
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, came {value!r}")
