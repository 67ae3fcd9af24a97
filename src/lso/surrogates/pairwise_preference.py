"""BoTorch's pairwise preference process in the place of the one of sequential line search."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models.likelihoods.pairwise import PairwiseLogitLikelihood
from botorch.models.pairwise_gp import PairwiseGP, PairwiseLaplaceMarginalLogLikelihood
from gpytorch.constraints import GreaterThan, Interval
from gpytorch.kernels import RBFKernel, ScaleKernel
from gpytorch.priors import GammaPrior, LogNormalPrior
from jaxtyping import Float, Int
from linear_operator.utils.warnings import NumericalWarning
from torch import Tensor

from lso.surrogates.preference import PreferencePosterior

STARTS = 10  # of BoTorch's solver, which ends in NaN from some


@dataclass(frozen=True)
class PairwisePreference:
    """A choice on a line as two independent comparisons with logistic likelihood.

    Differences to `preference`: two pairs are not one choice of three; the likelihood has unit
    scale, absorbed by the output scale a/s²; hyper-parameters by Laplace evidence; the variance
    knows that utilities are uncertain; no variance b but a jitter.

    Args:
        choice_scale: s, of utilities in the likelihood.
        amplitude: a, median of the log-normal prior of the amplitude.
        log_variance: of that prior.
        iterations: of the fit of hyper-parameters; 0 keeps prior medians and modes.
    """

    choice_scale: float = 0.01
    amplitude: float = 0.5
    log_variance: float = 0.25
    iterations: int = 0

    def __post_init__(self) -> None:
        for name in ("choice_scale", "amplitude", "log_variance"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be > 0, came {getattr(self, name)}")
        if self.iterations < 0:
            raise ValueError(f"iterations must be >= 0, came {self.iterations}")

    def fit(self, points: Float[Tensor, "N d"], choices: Int[Tensor, "T 3"]) -> PreferencePosterior:
        """Fit to choices: indices of the chosen point and of the others, −1 where there is none."""
        pairs = torch.cat([choices[:, [0, 1]], choices[:, [0, 2]]])
        pairs = pairs[pairs[:, 1] >= 0]
        for seed in range(STARTS):
            with _fixed_start(seed), warnings.catch_warnings():
                # coincident ends of short lines need BoTorch's jitter; that is no news
                warnings.simplefilter("ignore", NumericalWarning)
                posterior = self._fit(points, pairs)
            if bool(torch.isfinite(posterior.weights).all()):
                return posterior
        raise ValueError(f"BoTorch's solver found no finite utilities from {STARTS} starts")

    def _fit(self, points: Float[Tensor, "N d"], pairs: Int[Tensor, "P 2"]) -> PreferencePosterior:
        process = PairwiseGP(
            points,
            pairs,
            likelihood=PairwiseLogitLikelihood(),
            covar_module=self._kernel(points.shape[1]),
            consolidate_atol=0.0,  # near-duplicates are merged already
        )
        if self.iterations > 0:
            mll = PairwiseLaplaceMarginalLogLikelihood(process.likelihood, process)
            options = {"options": {"maxiter": self.iterations}}
            fit_gpytorch_mll(mll, optimizer_kwargs=options)
        process.eval()
        with torch.no_grad():
            process.posterior(points[:1])  # computes utilities and their curvature
            return _posterior(process, points)

    def _kernel(self, d: int) -> ScaleKernel:
        median = self.amplitude / self.choice_scale**2
        mode = (2.4 - 1) / 2.7
        return ScaleKernel(
            RBFKernel(
                ard_num_dims=d,
                lengthscale_prior=GammaPrior(2.4, 2.7),
                lengthscale_constraint=GreaterThan(1e-4, transform=None, initial_value=mode),
            ),
            outputscale_prior=LogNormalPrior(
                float(torch.tensor(median).log()), self.log_variance**0.5
            ),
            outputscale_constraint=Interval(median / 100, median * 100, initial_value=median),
        ).double()


@contextmanager
def _fixed_start(seed: int) -> Iterator[None]:
    """Repeat BoTorch's perturbation of its solver's start, drawn from a global generator."""
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        np.random.set_state(before)  # noqa: NPY002


def _posterior(process: PairwiseGP, points: Float[Tensor, "N d"]) -> PreferencePosterior:
    """The process as plain matrices: its own posterior is slow for thousands of points.

    The variance is a − kᵀ (K + W⁻¹)⁻¹ k with W the negative Hessian of the log-likelihood.
    """
    covariance, curvature = process.covar, process.likelihood_hess
    identity = torch.eye(len(points), dtype=covariance.dtype)
    centred = process.utility - process._prior_mean(points)
    return PreferencePosterior(
        points,
        process.utility,
        torch.cholesky_solve(centred[:, None], process.covar_chol)[:, 0],
        process.covar_module.outputscale.detach(),
        process.covar_module.base_kernel.lengthscale.detach().flatten(),
        torch.linalg.solve(identity + curvature @ covariance, curvature),
    )
