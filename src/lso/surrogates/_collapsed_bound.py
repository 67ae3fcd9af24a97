"""The evidence lower bound of a sparse Gaussian process with its inducing outputs integrated out.

Written on torch rather than taken from GPyTorch: automatic differentiation through the
whitened features spends five products of (m, m) with (m, n), the gradient below spends two,
and at n = 10,000, m = 500 those products are the cost of a fit.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

ESCALATION = (1.0, 10.0, 100.0, 1000.0)


class FeatureProducts(torch.autograd.Function):
    """Products of the whitened features A = L⁻¹ K with themselves and with targets.

    For S = Ḡ + Ḡᵀ the gradients are
        K̄ = L⁻ᵀ (S A + ḡ yᵀ),    L̄ = −tril(L⁻ᵀ (S AAᵀ + ḡ (A y)ᵀ)),
    of which only L⁻ᵀS times A touches all n points.
    """

    @staticmethod
    def forward(
        context,
        factor: Float[Tensor, "m m"],
        cross: Float[Tensor, "m n"],
        y: Float[Tensor, "n"],
    ) -> tuple[Float[Tensor, "m m"], Float[Tensor, "m"]]:
        """Return A Aᵀ and A y."""
        features = torch.linalg.solve_triangular(factor, cross, upper=False)  # (m, n)
        gram, projection = features @ features.T, features @ y
        context.save_for_backward(factor, features, y, gram, projection)
        return gram, projection

    @staticmethod
    def backward(context, gram_grad: Float[Tensor, "m m"], projection_grad: Float[Tensor, "m"]):
        """Return the gradients with respect to L and K; targets are data and get none."""
        factor, features, y, gram, projection = context.saved_tensors
        both = torch.cat([gram_grad + gram_grad.T, projection_grad[:, None]], dim=1)
        both = torch.linalg.solve_triangular(factor.T, both, upper=True)  # (m, m + 1)
        of_gram, of_projection = both[:, :-1], both[:, -1]
        cross_grad = (of_gram @ features).addr_(of_projection, y)
        factor_grad = -torch.tril(of_gram @ gram + torch.outer(of_projection, projection))
        return factor_grad, cross_grad, None


def squared_exponential(
    a: Float[Tensor, "n d"],
    b: Float[Tensor, "m d"],
    lengthscales: Float[Tensor, "d"],
    variance: Float[Tensor, ""],
) -> Float[Tensor, "n m"]:
    """Squared exponential kernel with one length scale per dimension.

        k(a, b) = s² exp(−½ Σ_i (a_i − b_i)² / ℓ_i²)

    One matrix product and one exponential: the squared norms ride along as two more columns.
    """
    centre = b.detach().mean(dim=0)  # far from the origin the expanded square would cancel
    a, b = (a - centre) / lengthscales, (b - centre) / lengthscales
    left = torch.cat(
        [a, variance.log() - a.square().sum(1, keepdim=True) / 2, torch.ones_like(a[:, :1])], dim=1
    )
    right = torch.cat([b, torch.ones_like(b[:, :1]), -b.square().sum(1, keepdim=True) / 2], dim=1)
    return torch.exp(left @ right.T)


def factorise(matrix: Float[Tensor, "m m"], jitter: float) -> Float[Tensor, "m m"]:
    """Lower Cholesky factor after adding jitter times the mean of the diagonal to the diagonal.

    Where that is not enough the jitter grows tenfold, three times at most.

    Raises:
        ValueError: if the matrix is not finite or stays indefinite.
    """
    scale = matrix.diagonal().mean().detach()
    for escalation in ESCALATION:
        diagonal = (jitter * escalation * scale).expand(len(matrix))
        factor, info = torch.linalg.cholesky_ex(matrix + torch.diag(diagonal))
        if info == 0 and bool(factor.isfinite().all()):
            return factor
    raise ValueError(
        f"expected a positive definite kernel matrix of {len(matrix)} inducing points, got one "
        f"that stays indefinite with relative jitter {jitter * ESCALATION[-1]:g}; raise `jitter` "
        "or check the inputs for values that are not finite or enormous"
    )


def collapsed_bound(
    gram: Float[Tensor, "m m"],
    projection: Float[Tensor, "m"],
    y: Float[Tensor, "n"],
    variance: Float[Tensor, ""],
    noise: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """Lower bound of the log evidence, in nats, from the whitened features' products.

        F = log N(y; 0, Q + σ²I) − tr(K − Q) / 2σ²,   Q = AᵀA

    with the determinant and the inverse of Q + σ²I taken through B = I + AAᵀ/σ².

    Source: titsias2009, Eq. 9.
    """
    n = len(y)
    factor = torch.linalg.cholesky(torch.eye(len(gram)).to(gram) + gram / noise)  # B >= I
    half = torch.linalg.solve_triangular(factor, projection[:, None], upper=False)
    log_determinant = n * noise.log() + 2 * factor.diagonal().log().sum()
    quadratic = (y @ y - half.square().sum() / noise) / noise
    trace = (n * variance - gram.trace()) / noise
    return -(n * math.log(2 * math.pi) + log_determinant + quadratic + trace) / 2
