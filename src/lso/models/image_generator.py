"""A generator of grey images of 28 x 28 pixels, trained as a variational autoencoder."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from lso.geometry.jacobian import jacobian
from lso.interfaces import Object, Representation
from lso.models._initial import initialise
from lso.models._vae import VariationalAutoencoder, initial_weights

SIDE = 28
SLOPE = 0.2


class ImageGenerator(VariationalAutoencoder):
    """Two dense layers and four transposed convolutions; the encoder mirrors the critic.

    Source: chiu2020, image experiment, layers of the authors' released code. Deviation: trained
    as the decoder of a variational autoencoder with prior N(0, I), not adversarially with a
    uniform one; the likelihood is that of independent pixels whose grey level is a probability;
    weights start at He's scale (from PyTorch's default, our training began four times slower).

    Args:
        representation: grey images of 28 x 28 pixels.
        latent_dim: d.
        channels: of the last hidden layer; the others have 2, 4 and 8 times as many.
        seed: of the initial weights.
    """

    link = "logistic"

    def __init__(
        self,
        representation: Representation,
        latent_dim: int = 64,
        channels: int = 64,
        seed: int = 0,
    ) -> None:
        super().__init__(representation, latent_dim)
        if representation.side != SIDE:
            raise ValueError(f"expected images of side {SIDE}, came side {representation.side}")
        if channels < 1:
            raise ValueError(f"channels must be >= 1, came {channels}")
        c = channels
        with initial_weights(seed):
            self.encoder = nn.Sequential(
                *(nn.Conv2d(1, c, 3, 2, 1), nn.LeakyReLU(SLOPE)),  # 14 x 14
                *(nn.Conv2d(c, 2 * c, 3, 2, 1), nn.LeakyReLU(SLOPE)),  # 7 x 7
                *(nn.Conv2d(2 * c, 4 * c, 3, 2, 1), nn.LeakyReLU(SLOPE)),  # 4 x 4
                *(nn.Conv2d(4 * c, 8 * c, 4), nn.LeakyReLU(SLOPE)),  # 1 x 1
                nn.Flatten(),
                *(nn.Linear(8 * c, 256), nn.LeakyReLU(SLOPE)),
                nn.Linear(256, 2 * latent_dim),
            )
            self.decoder = nn.Sequential(
                *(nn.Linear(latent_dim, 128), nn.ReLU()),
                *(nn.Linear(128, 8 * c), nn.ReLU()),
                nn.Unflatten(1, (8 * c, 1, 1)),
                *(nn.ConvTranspose2d(8 * c, 4 * c, 3), nn.ReLU()),  # 3 x 3
                *(nn.ConvTranspose2d(4 * c, 2 * c, 3, 2), nn.ReLU()),  # 7 x 7
                *(nn.ConvTranspose2d(2 * c, c, 3, 2, 1, 1), nn.ReLU()),  # 14 x 14
                nn.ConvTranspose2d(c, 1, 3, 2, 1, 1),  # 28 x 28
            )
            self.apply(initialise)
        self.to(memory_format=torch.channels_last)  # faster on a CPU

    def posterior(
        self, batch: Shaped[Tensor, "n h w"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Mean and log-variance."""
        levels = batch[:, None].to(self._weight.dtype) / 255
        return self.encoder(levels).chunk(2, dim=-1)

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n h w"]:
        """Compute one logit per pixel."""
        return self.decoder(z).squeeze(1)

    def reconstruction(
        self, logits: Float[Tensor, "n h w"], batch: Shaped[Tensor, "n h w"]
    ) -> Float[Tensor, "n"]:
        """Cross-entropy with the grey levels as probabilities, summed over the pixels."""
        target = batch.to(logits.dtype) / 255
        loss = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
        return loss.sum((1, 2))

    def objects(
        self, logits: Float[Tensor, "n h w"], generator: torch.Generator
    ) -> list[Object | None]:
        """Grey levels, rounded; nothing is random."""
        levels = (255 * torch.sigmoid(logits)).round().to(torch.uint8)
        return self.representation.objects(levels.cpu().numpy())

    def jacobian(self, z: Float[Tensor, "d"]) -> Float[Tensor, "m d"]:
        """Jacobian of the image, grey levels in [0, 1], not of the logits.

        In float32 unless the model is in float64.
        """
        point = z[None].to(self._weight)
        return jacobian(lambda p: torch.sigmoid(self.decoder_logits(p)), point)[1][0].flatten(0, 1)
