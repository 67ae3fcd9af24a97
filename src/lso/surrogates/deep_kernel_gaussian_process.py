"""Gaussian process over features of a network that is fitted with it."""

import math
from dataclasses import dataclass
from itertools import pairwise

import torch
from gpytorch.kernels import Kernel, RBFKernel, ScaleKernel
from gpytorch.utils.grid import ScaleToBounds
from torch import nn

from lso.surrogates._exact import ExactSurrogate


@dataclass(frozen=True, kw_only=True)
class DeepKernelGaussianProcess(ExactSurrogate):
    """A scaled squared exponential kernel over features in [−1, 1].

    Source: wilson2016; widths, steps and rate are those of ronen2024's released code. There
    latent points are not standardised, and posteriors include the noise of observations.

    Args:
        widths: of the network's layers, rectified but the last.
        steps: of the first fit.
        refit_steps: of a refit; the released code never refits, see `BatchBayesianOptimisation`.
        learning_rate: of Adam.
    """

    widths: tuple[int, ...] = (1000, 500, 50, 12)
    steps: int = 200
    refit_steps: int = 50
    learning_rate: float = 0.01

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.widths or min(self.widths) < 1:
            raise ValueError(f"widths must be positive and at least one, came {self.widths}")

    def network(self, dimensions: int, generator: torch.Generator) -> nn.Module:
        """Linear layers, weights uniform as PyTorch draws them, but from the generator."""
        layers: list[nn.Module] = []
        for narrow, wide in pairwise((dimensions, *self.widths)):
            linear = nn.utils.skip_init(nn.Linear, narrow, wide, dtype=torch.float64)
            for parameter in linear.parameters():
                bound = 1 / math.sqrt(narrow)
                nn.init.uniform_(parameter, -bound, bound, generator=generator)
            layers += [linear, nn.ReLU()]
        return nn.Sequential(*layers[:-1], ScaleToBounds(-1.0, 1.0))

    def kernel(self, dimensions: int) -> Kernel:
        """Squared exponential, one length scale per feature."""
        return ScaleKernel(RBFKernel(ard_num_dims=self.widths[-1]))
