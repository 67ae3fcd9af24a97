"""Exact Gaussian process with a length scale per latent dimension."""

from dataclasses import dataclass

import torch
from botorch.models import SingleTaskGP
from botorch.models.utils.gpytorch_modules import get_covar_module_with_dim_scaled_prior
from gpytorch.kernels import Kernel
from jaxtyping import Float
from torch import Tensor, nn

from lso.surrogates._exact import ExactSurrogate


@dataclass(frozen=True, kw_only=True)
class ExactGaussianProcess(ExactSurrogate):
    """BoTorch's standard model: squared exponential kernel, priors that scale with √d.

    Source: hvarfner2024, as BoTorch's SingleTaskGP has it; ronen2024's alternative surrogate,
    whose steps and rate are the defaults.

    Args:
        steps: of the first fit.
        refit_steps: of a refit.
        learning_rate: of Adam.
    """

    steps: int = 100
    refit_steps: int = 20
    learning_rate: float = 0.1

    def network(self, dimensions: int, generator: torch.Generator) -> nn.Module:
        """Return latent points as they are."""
        return nn.Identity()

    def kernel(self, dimensions: int) -> Kernel:
        """Squared exponential, one length scale per dimension."""
        return get_covar_module_with_dim_scaled_prior(ard_num_dims=dimensions)

    def lengthscales(self, model: SingleTaskGP) -> Float[Tensor, "d"]:
        """In standardised units."""
        return model.covar_module.lengthscale.detach().flatten()
