"""The convolutional variational autoencoder of binary images."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from lso.interfaces import Object, Representation
from lso.models._initial import initialise
from lso.models._vae import VariationalAutoencoder, initial_weights

# (channels in, channels out, kernel, stride); padding keeps the side or halves (doubles) it
ENCODER = (
    (1, 4, 3, 1),
    (4, 8, 5, 2),
    (8, 8, 3, 1),
    (8, 16, 5, 2),
    (16, 16, 3, 1),
    (16, 16, 3, 1),
    (16, 16, 5, 2),
    (16, 16, 3, 1),
    (16, 16, 3, 1),
    (16, 16, 5, 2),
    (16, 16, 3, 1),
)
DECODER = (
    (16, 32, 3, 1),
    (32, 32, 5, 2),
    (32, 32, 3, 1),
    (32, 16, 5, 2),
    (16, 16, 3, 1),
    (16, 16, 3, 1),
    (16, 16, 5, 2),
    (16, 8, 3, 1),
    (8, 8, 3, 1),
    (8, 8, 5, 2),
    (8, 1, 3, 1),
)
SIDE = 64


class Convolutional(VariationalAutoencoder):
    """Eleven convolutions each way, a Bernoulli likelihood summed over the pixels.

    Source: tripp2020, 2D shapes; layers of the authors' released code. Deviation: weights start
    at He's scale. From PyTorch's default, which shrinks the signal in each of 26 layers, our
    training ignored the latent space for 10,000 of its 12,940 steps.

    Args:
        representation: binary images of 64 x 64 pixels.
        latent_dim: d.
        seed: of the initial weights.
    """

    link = "logistic"
    chunk = 100  # fastest on a CPU: the activations of a chunk stay in the cache

    def __init__(self, representation: Representation, latent_dim: int = 2, seed: int = 0) -> None:
        super().__init__(representation, latent_dim)
        if representation.side != SIDE:
            raise ValueError(f"expected images of side {SIDE}, came side {representation.side}")
        with initial_weights(seed):
            self.encoder = nn.Sequential(
                *_with_relu([_convolution(*layer) for layer in ENCODER]),
                nn.Flatten(),
                nn.Linear(256, 32),
                nn.ReLU(),
                nn.Linear(32, 2 * latent_dim),
            )
            self.decoder = nn.Sequential(
                nn.Linear(latent_dim, 32),
                nn.ReLU(),
                nn.Linear(32, 256),
                nn.ReLU(),
                nn.Unflatten(1, (16, 4, 4)),
                *_with_relu([_transposed(*layer) for layer in DECODER])[:-1],
            )
            self.apply(initialise)
        # twice as fast on a CPU for these few channels
        self.to(memory_format=torch.channels_last)

    def posterior(
        self, batch: Shaped[Tensor, "n h w"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """The encoder's second half is the log standard deviation."""
        mean, log_deviation = self.encoder(batch[:, None].to(self._weight.dtype)).chunk(2, dim=-1)
        return mean, 2 * log_deviation

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n h w"]:
        """Compute one logit per pixel."""
        return self.decoder(z).squeeze(1)

    def reconstruction(
        self, logits: Float[Tensor, "n h w"], batch: Shaped[Tensor, "n h w"]
    ) -> Float[Tensor, "n"]:
        """Bernoulli negative log-likelihood, summed over the pixels."""
        target = batch.to(logits.dtype)
        loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return loss.sum((1, 2))

    def objects(
        self, logits: Float[Tensor, "n h w"], generator: torch.Generator
    ) -> list[Object | None]:
        """A pixel is on where its probability exceeds one half; nothing is random."""
        return self.representation.objects((logits > 0).to(torch.uint8).cpu().numpy())


def _convolution(channels: int, out: int, kernel: int, stride: int) -> nn.Module:
    return nn.Conv2d(channels, out, kernel, stride, padding=kernel // 2)


def _transposed(channels: int, out: int, kernel: int, stride: int) -> nn.Module:
    return nn.ConvTranspose2d(
        channels, out, kernel, stride, padding=kernel // 2, output_padding=stride - 1
    )


def _with_relu(layers: Sequence[nn.Module]) -> list[nn.Module]:
    return [module for layer in layers for module in (layer, nn.ReLU())]
