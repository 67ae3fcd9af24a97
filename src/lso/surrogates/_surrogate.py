"""What every surrogate offers: a fit gives a posterior, a posterior digests and predicts."""

from typing import Protocol, runtime_checkable

import torch
from jaxtyping import Float
from torch import Tensor


@runtime_checkable
class Posterior(Protocol):
    """Beliefs about the objective after some data, at fixed hyper-parameters; immutable.

    `input_shift` and `input_scale` are the scalars by which latent points are standardised.
    """

    input_shift: Float[Tensor, ""]
    input_scale: Float[Tensor, ""]

    def predict(self, z: Float[Tensor, "n d"]) -> tuple[Float[Tensor, "n"], Float[Tensor, "n"]]:
        """Mean and variance of the noise-free objective, differentiable in z."""
        ...

    def condition(self, z: Float[Tensor, "q d"], y: Float[Tensor, "q"]) -> "Posterior":
        """The posterior after q more points."""
        ...

    def tensors(self) -> dict[str, Tensor]:
        """Everything the posterior holds, so that `Surrogate.restore` returns the same one."""
        ...


@runtime_checkable
class Surrogate(Protocol):
    """A regression model of scores over latent points; its constructor arguments are settings."""

    def fit(
        self, x: Float[Tensor, "n d"], y: Float[Tensor, "n"], generator: torch.Generator
    ) -> Posterior:
        """Fit hyper-parameters from scratch."""
        ...

    def refit(
        self, posterior: Posterior, x: Float[Tensor, "n d"], y: Float[Tensor, "n"]
    ) -> Posterior:
        """Fit hyper-parameters to all data, starting from those of a posterior."""
        ...

    def restore(self, tensors: dict[str, Tensor]) -> Posterior:
        """Rebuild a posterior from its `tensors`, bit for bit."""
        ...
