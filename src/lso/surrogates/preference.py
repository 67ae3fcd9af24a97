"""Gaussian process over utilities that are known only through choices on lines."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import minimize
from torch import Tensor

NEWTON_STEPS = 50
BOUNDS = (1e-8, 10.0)


@dataclass(frozen=True)
class PreferencePosterior:
    """Utilities at observed points, and the process conditioned on them as if observed.

    μ(u) = k(u)ᵀ C⁻¹ f,  σ²(u) = a − k(u)ᵀ C⁻¹ k(u),  C = K + b I

    Source: koyama2017; no term for the uncertainty of f.

    Args:
        points: (N, d) in the unit box.
        values: f, utilities at the most probable parameters.
        weights: C⁻¹ f.
        amplitude: a.
        lengths: r_j.
        inverse: C⁻¹.
    """

    points: Float[Tensor, "N d"]
    values: Float[Tensor, "N"]
    weights: Float[Tensor, "N"]
    amplitude: Float[Tensor, ""]
    lengths: Float[Tensor, "d"]
    inverse: Float[Tensor, "N N"]

    def predict(self, u: Float[Tensor, "q d"]) -> tuple[Float[Tensor, "q"], Float[Tensor, "q"]]:
        """Mean and standard deviation; differentiable."""
        k = kernel(u, self.points, self.amplitude, self.lengths)  # (q, N)
        mean = k @ self.weights
        variance = self.amplitude - ((k @ self.inverse) * k).sum(1)
        return mean, variance.clamp(min=1e-20).sqrt()


@dataclass(frozen=True)
class Preference:
    """Bradley-Terry-Luce choices among the three points of a line, most probable parameters.

    Maximises log-likelihood + log prior of f + log hyper-priors jointly over f and the
    hyper-parameters: for given hyper-parameters the problem is concave in f and solved by
    Newton steps; the outer problem is solved by L-BFGS-B on their logarithms.

    Source: koyama2017; constants of the authors' released code.

    Args:
        choice_scale: s, of utilities in the likelihood.
        amplitude: a, median of its log-normal hyper-prior.
        length: r, likewise.
        noise: b, a variance, likewise.
        log_variance: of the hyper-priors.
        iterations: of the outer problem; 0 keeps the medians.
    """

    choice_scale: float = 0.01
    amplitude: float = 0.5
    length: float = 0.5
    noise: float = 0.005
    log_variance: float = 0.25
    iterations: int = 20

    def __post_init__(self) -> None:
        for name in ("choice_scale", "amplitude", "length", "noise", "log_variance"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0, came {getattr(self, name)}")
        if self.iterations < 0:
            raise ValueError(f"iterations must be >= 0, came {self.iterations}")

    def fit(self, points: Float[Tensor, "N d"], choices: Int[Tensor, "T 3"]) -> PreferencePosterior:
        """Fit to choices: indices of the chosen point and of the others, −1 where there is none."""
        d = points.shape[1]
        medians = torch.tensor([self.amplitude, self.noise] + [self.length] * d).double().log()
        warm = [torch.zeros(len(points), dtype=torch.float64)]

        def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
            log_parameters = torch.from_numpy(theta).clone().requires_grad_()
            covariance = self._covariance(points, log_parameters)
            inverse = torch.cholesky_inverse(torch.linalg.cholesky(covariance.detach()))
            f = most_probable(inverse, choices, self.choice_scale, warm[0])
            warm[0] = f  # the derivative by f is zero here: f counts as a constant
            residual = (log_parameters - medians).square().sum() / (2 * self.log_variance)
            # log-normal density of a parameter p has a further factor 1/p
            value = (
                0.5 * f @ torch.linalg.solve(covariance, f)
                + 0.5 * torch.logdet(covariance)
                + residual
                + log_parameters.sum()
                - log_likelihood(f, choices, self.choice_scale)
            )
            (gradient,) = torch.autograd.grad(value, log_parameters)
            return float(value.detach()), gradient.numpy()

        theta = medians.numpy()
        if self.iterations > 0:
            bounds = [tuple(np.log(BOUNDS))] * len(theta)
            options = {"maxiter": self.iterations}
            theta = minimize(
                loss, theta, jac=True, method="L-BFGS-B", bounds=bounds, options=options
            ).x
        log_parameters = torch.from_numpy(theta)
        covariance = self._covariance(points, log_parameters)
        inverse = torch.cholesky_inverse(torch.linalg.cholesky(covariance))
        f = most_probable(inverse, choices, self.choice_scale, warm[0])
        return PreferencePosterior(
            points, f, inverse @ f, log_parameters[0].exp(), log_parameters[2:].exp(), inverse
        )

    def _covariance(
        self, points: Float[Tensor, "N d"], log_parameters: Float[Tensor, "p"]
    ) -> Float[Tensor, "N N"]:
        amplitude, noise, lengths = log_parameters[0], log_parameters[1], log_parameters[2:]
        k = kernel(points, points, amplitude.exp(), lengths.exp())
        return k + noise.exp() * torch.eye(len(points), dtype=k.dtype)


def kernel(
    u: Float[Tensor, "q d"],
    v: Float[Tensor, "N d"],
    amplitude: Float[Tensor, ""],
    lengths: Float[Tensor, "d"],
) -> Float[Tensor, "q N"]:
    """k(u, v) = a exp(−½ Σ_j (u_j − v_j)² / r_j²)."""
    u, v = u / lengths, v / lengths
    squares = u.square().sum(1)[:, None] + v.square().sum(1) - 2 * u @ v.T
    return amplitude * torch.exp(-0.5 * squares.clamp(min=0))


def log_likelihood(
    f: Float[Tensor, "N"], choices: Int[Tensor, "T 3"], scale: float
) -> Float[Tensor, ""]:
    """Σ_T log( exp(f_c/s) / Σ_j exp(f_j/s) ).  Source: koyama2017."""
    shares = torch.where(choices >= 0, f[choices.clamp(min=0)] / scale, -torch.inf)
    return torch.log_softmax(shares, dim=1)[:, 0].sum()


def likelihood_derivatives(
    f: Float[Tensor, "N"], choices: Int[Tensor, "T 3"], scale: float
) -> tuple[Float[Tensor, "N"], Float[Tensor, "N N"]]:
    """Gradient and negative Hessian of the log-likelihood by f.

    Per choice, in its own points: (e_c − p)/s and (diag p − p pᵀ)/s².
    """
    there = choices >= 0
    index = choices.clamp(min=0)
    p = torch.softmax(torch.where(there, f[index] / scale, -torch.inf), dim=1)  # (T, 3)
    first = -p
    first[:, 0] += 1
    gradient = torch.zeros_like(f).index_add(0, index.flatten(), first.flatten() / scale)
    block = (torch.diag_embed(p) - p[:, :, None] * p[:, None, :]) / scale**2  # (T, 3, 3)
    rows = index[:, :, None].expand(-1, 3, 3).flatten()
    columns = index[:, None, :].expand(-1, 3, 3).flatten()
    hessian = torch.zeros(len(f), len(f), dtype=f.dtype)
    hessian.index_put_((rows, columns), block.flatten(), accumulate=True)
    return gradient, hessian


def most_probable(
    inverse: Float[Tensor, "N N"],
    choices: Int[Tensor, "T 3"],
    scale: float,
    start: Float[Tensor, "N"],
) -> Float[Tensor, "N"]:
    """argmax_f of log-likelihood − ½ fᵀ C⁻¹ f, concave: damped Newton steps."""

    def height(f: Float[Tensor, "N"]) -> Float[Tensor, ""]:
        return log_likelihood(f, choices, scale) - 0.5 * f @ inverse @ f

    f, top = start, height(start)
    for _ in range(NEWTON_STEPS):
        gradient, hessian = likelihood_derivatives(f, choices, scale)
        slope = gradient - inverse @ f
        step = torch.cholesky_solve(slope[:, None], torch.linalg.cholesky(hessian + inverse))[:, 0]
        gain = float(slope @ step)
        if gain < 1e-10:
            break
        size = 1.0
        while size > 1e-8 and height(f + size * step) < top + 1e-4 * size * gain:
            size /= 2
        f = f + size * step
        top = height(f)
    return f
