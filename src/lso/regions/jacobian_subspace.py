"""The directions at the best point to which the decoder reacts most."""

from dataclasses import dataclass
from typing import Literal

import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.spectrum import spectrum
from lso.geometry.subspace import draw_subspace
from lso.regions._region import Evidence
from lso.regions.random_subspace import RandomSubspace


@dataclass(frozen=True, kw_only=True)
class JacobianSubspace(RandomSubspace):
    """The span of k right singular vectors of the decoder Jacobian at the best point.

    Source: ours, after chiu2020. With `draw: importance` it changes at every ask as a random
    subspace does, so that the two differ in their directions alone.

    Args:
        dimensions: k; all of them if the latent space has fewer.
        draw: the `largest` singular values, or k drawn in proportion to them, as chiu2020 does.
        quantile: see `Box`.
        margin: see `Box`.
    """

    draw: Literal["largest", "importance"] = "largest"

    def directions(self, evidence: Evidence, generator: torch.Generator) -> Float[Tensor, "k d"]:
        """Orthonormal rows."""
        values, vectors = spectrum(evidence.model, evidence.incumbent, "exact", 0, generator)
        k = min(self.dimensions, len(values))
        if self.draw == "largest":
            return vectors[:k]
        return vectors[draw_subspace(values, k, generator)]
