"""A random two-layer network as decoder: nothing in its Jacobian points at the optimum."""

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.models._analytic import AnalyticDecoder
from lso.representations.float_vector import FloatVector


class RandomNetwork(AnalyticDecoder):
    """x = W₂ (tanh(W₁ z) − tanh(W₁ z*)), so that the target x* = G(z*) is 0.

    Ours: a benchmark for subspace search without the leak of the published one.

    Args:
        representation: of the m outputs.
        latent_dim: d.
        seed: of the weights, the target and the start.
        half_width: R; z* ~ U(−R/2, R/2)^d.
        hidden: h, hidden units.
        gain: W₁ ~ N(0, gain²/d), W₂ ~ N(0, 1/h).
        embedding_dim: k, of the random embedding that random-embedding methods share.
    """

    def __init__(
        self,
        representation: FloatVector,
        latent_dim: int,
        seed: int,
        half_width: float = 2.5,
        hidden: int = 256,
        gain: float = 1.0,
        embedding_dim: int = 6,
    ) -> None:
        super().__init__(representation, latent_dim, half_width)
        if hidden < 1 or gain <= 0:
            raise ValueError(f"hidden must be >= 1 and gain > 0, came {hidden} and {gain}")
        draws = np.random.default_rng(seed)
        first = gain / np.sqrt(latent_dim) * draws.normal(size=(hidden, latent_dim))
        second = draws.normal(size=(representation.length, hidden)) / np.sqrt(hidden)
        optimum = draws.uniform(-half_width / 2, half_width / 2, latent_dim)
        embedding = draws.normal(size=(latent_dim, embedding_dim))
        uniform = draws.uniform(-half_width, half_width, latent_dim)
        self._keep(
            first=torch.from_numpy(first),
            second=torch.from_numpy(second),
            optimum=torch.from_numpy(optimum),
            embedding=torch.from_numpy(embedding),
            start_point=torch.from_numpy(embedding @ (np.linalg.pinv(embedding) @ uniform)),
        )

    def outputs(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """Evaluate the network."""
        hidden = torch.tanh(z @ self.first.T) - torch.tanh(self.optimum @ self.first.T)
        return hidden @ self.second.T

    def jacobian(self, z: Float[Tensor, "d"]) -> Float[Tensor, "m d"]:
        """W₂ diag(1 − tanh²(W₁ z)) W₁."""
        slope = 1 - torch.tanh(self.first @ z) ** 2  # (h,)
        return (self.second * slope) @ self.first
