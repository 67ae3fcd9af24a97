"""What the token autoencoders share: encoder, likelihood and reading of the tokens."""

from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from lso.interfaces import Object, Representation
from lso.models._vae import VariationalAutoencoder

# kernel widths and output channels of the three convolutions; sampling noise; teacher forcing
Size = Literal["small", "large"]
KERNELS = {"small": (2, 3, 4), "large": (9, 9, 11)}
CHANNELS = {"small": (2, 3, 4), "large": (9, 9, 10)}
NOISE = {"small": 0.1, "large": 0.001}
WIDTH = 100


class ConvolutionalEncoder(nn.Module):
    """Three convolutions over one-hot tokens, then mean and log-variance.

    Three times (convolution, ReLU, batch norm), a dense layer, two heads. The log-variance is a
    softplus, never below 0, as in the authors' released code, unless `softplus` is False.

    Source: ronen2024, released code; names as in its weight files.
    """

    def __init__(
        self, latent_dim: int, length: int, vocabulary: int, size: Size, softplus: bool = True
    ) -> None:
        super().__init__()
        self.softplus = softplus
        self.vocabulary = vocabulary
        k1, k2, k3 = KERNELS[size]
        m1, m2, m3 = CHANNELS[size]
        features = m3 * (length - k1 - k2 - k3 + 3)
        if features < 1:
            raise ValueError(
                f"a {size!r} encoder needs length >= {k1 + k2 + k3 - 2}, came {length}"
            )
        self.conv1 = nn.Conv1d(vocabulary, m1, k1)
        self.batch_norm1 = nn.BatchNorm1d(m1)
        self.conv2 = nn.Conv1d(m1, m2, k2)
        self.batch_norm2 = nn.BatchNorm1d(m2)
        self.conv3 = nn.Conv1d(m2, m3, k3)
        self.batch_norm3 = nn.BatchNorm1d(m3)
        self.linear = nn.Linear(features, WIDTH)
        self.mu = nn.Linear(WIDTH, latent_dim)
        self.sigma = nn.Linear(WIDTH, latent_dim)

    def forward(
        self, tokens: Int[Tensor, "n l"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return mean and log-variance."""
        x = F.one_hot(tokens, self.vocabulary).transpose(1, 2).to(self.linear.weight.dtype)
        x = self.batch_norm1(F.relu(self.conv1(x)))  # (n, m1, l - k1 + 1)
        x = self.batch_norm2(F.relu(self.conv2(x)))
        x = self.batch_norm3(F.relu(self.conv3(x)))
        x = F.relu(self.linear(x.flatten(1)))  # (n, 100)
        log_variance = self.sigma(x)
        return self.mu(x), F.softplus(log_variance) if self.softplus else log_variance


class TokenAutoencoder(VariationalAutoencoder):
    """An autoencoder of token sequences; subclasses bring `encoder` and the decoder.

    Args:
        representation: tokens, already fitted.
        latent_dim: d.
        size: of the encoder: `small` for expressions, `large` for molecules.
        noise: scale of the sampling noise; None takes the authors' for this size.
    """

    def __init__(
        self,
        representation: Representation,
        latent_dim: int,
        size: Size,
        noise: float | None,
    ) -> None:
        super().__init__(representation, latent_dim, NOISE[size] if noise is None else noise)
        if not representation.vocabulary:
            raise ValueError("expected a representation with a vocabulary; fit it to objects first")
        self.size = size

    def posterior(
        self, batch: Shaped[Tensor, "n l"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Encode token numbers."""
        return self.encoder(batch.long())

    def reconstruction(
        self, logits: Float[Tensor, "n l v"], batch: Shaped[Tensor, "n l"]
    ) -> Float[Tensor, "n"]:
        """Cross-entropy, summed over the positions (padding included, which is decoded too)."""
        loss = F.cross_entropy(logits.transpose(1, 2), batch.long(), reduction="none")
        return loss.sum(-1)

    def objects(
        self, logits: Float[Tensor, "n l v"], generator: torch.Generator
    ) -> list[Object | None]:
        """The most probable token at every position; nothing is random."""
        return self.representation.objects(logits.argmax(-1).cpu().numpy())


def gru_step(
    x: Float[Tensor, "n w3"], s: Float[Tensor, "n w3"], h: Float[Tensor, "n w"]
) -> Float[Tensor, "n w"]:
    """Step a gated recurrent unit in plain differentiable operations.

    Args:
        x: projected input, gates in the order reset, update, new.
        s: projected state, likewise.
        h: state.
    """
    (xr, xz, xn), (sr, sz, sn) = x.chunk(3, -1), s.chunk(3, -1)
    new = torch.tanh(xn + torch.sigmoid(xr + sr) * sn)
    return torch.lerp(new, h, torch.sigmoid(xz + sz))
