"""A Gaussian process on molecules: Tanimoto similarity of their fingerprints."""

from collections.abc import Sequence

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.models.transforms import Standardize
from gpytorch.kernels import Kernel, ScaleKernel
from gpytorch.mlls import ExactMarginalLogLikelihood
from jaxtyping import Float
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from torch import Tensor

from lso.molecules import parse

BITS, RADIUS = 2048, 2
SCALE = 64  # a common factor changes no similarity; the library wants inputs in [0, 1]


class TanimotoKernel(Kernel):
    """k(x, x') = <x, x'> / (|x|² + |x'|² - <x, x'>), 1 of anything with itself.

    Positive semi-definite for all real vectors; here counts of substructures.

    Source: ralaivola2005, Eq. 15.
    """

    is_stationary = False

    def forward(
        self,
        x1: Float[Tensor, "... n d"],
        x2: Float[Tensor, "... m d"],
        diag: bool = False,
        **params,
    ) -> Float[Tensor, "..."]:
        """Similarities of all pairs, or of the pairs in order."""
        if diag:
            inner = (x1 * x2).sum(-1)
            return inner / (x1.square().sum(-1) + x2.square().sum(-1) - inner)
        inner = x1 @ x2.mT
        squares = x1.square().sum(-1)[..., :, None] + x2.square().sum(-1)[..., None, :]
        return inner / (squares - inner)


def fingerprints(molecules: Sequence[str]) -> Float[Tensor, "n d"]:
    """Counts of the substructures of every atom's neighbourhood (Morgan), hashed and scaled.

    Args:
        molecules: valid SMILES of at least one atom each, so that no row is zero.
    """
    generator = GetMorganGenerator(radius=RADIUS, fpSize=BITS)
    rows = [generator.GetCountFingerprintAsNumPy(parse(smiles)) for smiles in molecules]
    return torch.from_numpy(np.stack(rows).astype(np.float64) / SCALE)


def fit(x: Float[Tensor, "n d"], y: Float[Tensor, "n"]) -> SingleTaskGP:
    """Fit scale, noise and mean by the marginal likelihood, with the library's priors."""
    kernel = ScaleKernel(TanimotoKernel())
    model = SingleTaskGP(x, y[:, None], covar_module=kernel, outcome_transform=Standardize(1))
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def predict(
    model: SingleTaskGP, x: Float[Tensor, "n d"]
) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
    """Mean and variance of the noise-free objective, in its own units.

    All points at once: one by one (n, 1, d), the library copies the data for each of them.
    """
    posterior = model.posterior(x)
    return posterior.mean.flatten(), posterior.variance.flatten()
