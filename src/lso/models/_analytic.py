"""Shared base of untrained decoders: known functions whose best output is zero."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import Object
from lso.representations.float_vector import FloatVector


class AnalyticDecoder(torch.nn.Module, ABC):
    """A decoder in closed form with a box as prior; nothing in it is trained.

    Its tensors follow from its settings and are not part of a checkpoint.

    Args:
        representation: of the outputs; its length is m.
        latent_dim: d.
        half_width: R; the prior is uniform in [−R, R]^d.
    """

    link = "identity"
    optimum: Float[Tensor, "d"]
    start_point: Float[Tensor, "d"]
    embedding: Float[Tensor, "d k"]

    def __init__(self, representation: FloatVector, latent_dim: int, half_width: float) -> None:
        super().__init__()
        if latent_dim < 1:
            raise ValueError(f"latent_dim must be >= 1, came {latent_dim}")
        if not half_width > 0:
            raise ValueError(f"half_width must be > 0, came {half_width}")
        self.representation = representation
        self.latent_dim = latent_dim
        self.half_width = half_width

    @abstractmethod
    def outputs(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """Evaluate the decoder in float64."""

    def logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """What the decoder's Jacobian is taken of: the outputs."""
        return self.outputs(z)

    def decode(self, z: Float[Tensor, "n d"], generator: torch.Generator) -> list[Object | None]:
        """Decode to the bytes of the outputs; the generator is not used."""
        with torch.no_grad():
            return self.representation.objects(self.outputs(z).cpu().numpy())

    def encode(self, objects: Sequence[Object]) -> Float[Tensor, "n d"]:
        """Not possible.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(f"{type(self).__name__} is a decoder only; it cannot encode")

    def along_line(
        self, centre: Float[Tensor, "d"], direction: Float[Tensor, "d"]
    ) -> Callable[[Float[Tensor, "s"]], Float[Tensor, "s m"]]:
        """Return the outputs at centre + s · direction as a function of the distances s."""

        def outputs(distances: Float[Tensor, "s"]) -> Float[Tensor, "s m"]:
            return self.outputs(centre + distances[:, None] * direction)

        return outputs

    def sample_prior(self, n: int, generator: torch.Generator) -> Float[Tensor, "n d"]:
        """Draw uniformly from the box."""
        unit = torch.rand(n, self.latent_dim, generator=generator, dtype=torch.float64)
        return (2 * unit - 1) * self.half_width

    def _keep(self, **tensors: Tensor) -> None:
        for name, tensor in tensors.items():
            self.register_buffer(name, tensor, persistent=False)
