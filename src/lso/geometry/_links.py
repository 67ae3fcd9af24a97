"""Links from decoder outputs to what a position says, linearised: the stage after the Jacobian.

A link h is applied at every position; J = B A with A the decoder's Jacobian and B that of h.
`push` returns R = exp(-log_scale) B A without ever forming B. Its adjoint takes a cotangent G of
R, constant scale, to one of A (`pull`) and, through the curvature of h, to one of the outputs
(`bend`). The scale keeps R representable where the decoder is certain to the last digit.
"""

from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor


class Softmax:
    """h(l_t) = (s_t, 1/C_t), s_t = softmax(l_t), C_t = Σ_v exp l_tv: the tokens of a sequence.

    B_t = [diag(s_t) - s_t s_tᵀ ; -s_tᵀ/C_t]; with a_t = s_tᵀ A_t the rows of B_t A_t are
    s_tv (A_tv - a_t) and -a_t/C_t. We centre by the row of the most probable token: a_t - A_top
    is then free of cancellation, also where 1 - s_top is smaller than the last digit.

    Source: ronen2024, definition of the score; the row of 1/C_t as in the released code.
    """

    def __init__(self, logits: Float[Tensor, "n ..."]) -> None:
        if logits.dim() != 3:
            raise ValueError(
                f"expected a decoder with logits (n, l, v), came {tuple(logits.shape)}; "
                "link='logistic' takes pixels"
            )
        log_s, log_c = logits.log_softmax(-1), logits.logsumexp(-1, keepdim=True)
        self.top = logits.argmax(-1, keepdim=True)  # (n, l, 1)
        log_others = log_s.scatter(-1, self.top, -torch.inf)
        self.log_uncertainty = log_others.amax((1, 2))
        self.log_scale = torch.maximum(self.log_uncertainty, -log_c.amin((1, 2)))
        scale = self.log_scale[:, None, None]
        self.others = torch.exp(log_others - scale)[..., None]  # s_tv / scale, 0 for the top
        self.others_sum = self.others.sum(2, keepdim=True)
        self.top_probability = log_s.gather(-1, self.top).exp()
        self.probabilities = log_s.exp()
        self.constant = torch.exp(-log_c - scale)  # 1 / (C_t scale)
        self.scale = scale.exp()

    def push(self, jacobian: Float[Tensor, "n l v d"]) -> Float[Tensor, "n m d"]:
        """The rows s_tv (A_tv - a_t) and -a_t/C_t, divided by the scale; m = l (v + 1)."""
        n, length, v, d = jacobian.shape
        rows = jacobian.new_empty(d, n, length, v + 1).movedim(0, -1)
        mean = self._spread(jacobian, out=rows[:, :, :v])  # a_t, (n, l, 1, d)
        torch.mul(mean[:, :, 0], -self.constant, out=rows[:, :, v])
        return rows.flatten(1, 2)

    def pull(self, cotangent: Float[Tensor, "n m d"]) -> Float[Tensor, "n l v d"]:
        """Bᵀ G: the matrix diag(s_t) - s_t s_tᵀ is its own transpose."""
        g, constant_row = self._split(cotangent)
        result = torch.empty_like(g)
        self._spread(g, out=result)
        weight = self.probabilities * self.constant
        return result.sub_(weight[..., None] * constant_row[:, :, None])

    def bend(
        self,
        jacobian: Float[Tensor, "n l v d"],
        rows: Float[Tensor, "n m d"],
        cotangent: Float[Tensor, "n m d"],
    ) -> Float[Tensor, "n l v"]:
        """∂⟨G, R⟩/∂l at constant A: ρ_v - s_v Σρ - s_v ⟨g, A_v⟩/C - 2 s_v ⟨g, R_C⟩.

        ρ_v = ⟨G_v - Σ_u s_u G_u, R_v⟩, with g and R_C the rows of the constant.
        """
        (g, constant_row), (r, r_constant) = self._split(cotangent), self._split(rows)
        mean = self._spread(g, out=torch.empty_like(g))
        rho = torch.einsum("nlvd,nlvd->nlv", g - mean, r)
        slope = torch.einsum("nlvd,nld->nlv", jacobian, constant_row) * self.constant
        both = torch.einsum("nld,nld->nl", constant_row, r_constant)[..., None]
        return rho - self.probabilities * (rho.sum(-1, keepdim=True) + slope + 2 * both)

    def _split(self, x: Tensor) -> tuple[Tensor, Tensor]:
        x = x.unflatten(1, (self.top.shape[1], -1))
        return x[:, :, :-1], x[:, :, -1]

    def _spread(self, x: Tensor, out: Tensor) -> Tensor:
        """Write s_v (x_v - x̄) / scale to `out`, x (n, l, v, d); return x̄ = Σ_v s_v x_v.

        x̄ = x_top + Σ_v s_v (x_v - x_top), so that the row of the top token is -s_top times this
        sum: as precise as the rows of the others however small they are.
        """
        index = self.top[..., None].expand(-1, -1, -1, x.shape[-1])
        x_top = x.gather(2, index)  # (n, l, 1, d)
        torch.mul(x, self.others, out=out)
        excess = out.sum(2, keepdim=True) - self.others_sum * x_top
        mean = x_top + self.scale[..., None] * excess
        out.addcmul_(self.others, mean, value=-1)
        out.scatter_(2, index, -self.top_probability[..., None] * excess)
        return mean


class Logistic:
    """h(x) = 1 / (1 + exp(-x)): probabilities of pixels; B = diag(p (1 - p))."""

    def __init__(self, outputs: Float[Tensor, "n ..."]) -> None:
        x = outputs.flatten(1)
        log_slope = -torch.nn.functional.softplus(x) - torch.nn.functional.softplus(-x)
        self.log_uncertainty = self.log_scale = log_slope.amax(1)
        self.slope = torch.exp(log_slope - self.log_scale[:, None])
        self.curvature = 1 - 2 * x.sigmoid()
        self.shape = outputs.shape[1:]

    def push(self, jacobian: Float[Tensor, "n ... d"]) -> Float[Tensor, "n m d"]:
        """The rows p (1 - p) A, divided by the scale."""
        return jacobian.flatten(1, -2) * self.slope[..., None]

    def pull(self, cotangent: Float[Tensor, "n m d"]) -> Float[Tensor, "n ... d"]:
        """Bᵀ G."""
        return (cotangent * self.slope[..., None]).unflatten(1, self.shape)

    def bend(
        self,
        jacobian: Float[Tensor, "n ... d"],
        rows: Float[Tensor, "n m d"],
        cotangent: Float[Tensor, "n m d"],
    ) -> Float[Tensor, "n ..."]:
        """∂⟨G, R⟩/∂x = (1 - 2p) ⟨G, R⟩, row by row."""
        return (self.curvature * (cotangent * rows).sum(-1)).unflatten(1, self.shape)


class Identity:
    """h(x) = x: the raw outputs, be they logits or the intensities of pixels."""

    def __init__(self, outputs: Float[Tensor, "n ..."]) -> None:
        self.log_scale = outputs.new_zeros(len(outputs))
        self.log_uncertainty = self.log_scale
        self.shape = outputs.shape[1:]

    def push(self, jacobian: Float[Tensor, "n ... d"]) -> Float[Tensor, "n m d"]:
        """A itself."""
        return jacobian.flatten(1, -2)

    def pull(self, cotangent: Float[Tensor, "n m d"]) -> Float[Tensor, "n ... d"]:
        """G itself."""
        return cotangent.unflatten(1, self.shape)

    def bend(
        self,
        jacobian: Float[Tensor, "n ... d"],
        rows: Float[Tensor, "n m d"],
        cotangent: Float[Tensor, "n m d"],
    ) -> Float[Tensor, "n ..."]:
        """Zero: a straight line does not bend."""
        return cotangent.new_zeros(len(cotangent), *self.shape)


LINKS = {"softmax": Softmax, "logistic": Logistic, "identity": Identity}


def link_of(decoder: Any) -> str:
    """The name of the link that a decoder says it has; `softmax` if it says nothing."""
    return getattr(decoder, "link", "softmax")
