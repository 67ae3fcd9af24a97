"""The Transformer variational autoencoder of token sequences."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from lso.interfaces import Representation
from lso.models._sequence import WIDTH, ConvolutionalEncoder, Size, TokenAutoencoder
from lso.models._vae import initial_weights

LAYERS = 3
HEADS = 4
DROPOUT = 0.2


class Transformer(TokenAutoencoder):
    """Convolutions encode; three Transformer decoder layers attend to the latent point.

    The memory is a projection of z, repeated at every position. The target holds no tokens (a
    zero, then the embedding of token 0 everywhere), so that decoding is one pass.

    Source: ronen2024, architecture of the released code.

    Args:
        representation: tokens, already fitted.
        latent_dim: d.
        size: of the encoder: `small` for expressions, `large` for molecules.
        feedforward: hidden width of the layers; the authors' is 2048.
        noise: scale of the sampling noise; None: 0.1 (small) or 0.001 (large).
        softplus: whether the log-variance passes a softplus, as in the authors' released code,
            whose noise is small; False for an ordinary autoencoder of noise 1.
        seed: of the initial weights.
    """

    def __init__(
        self,
        representation: Representation,
        latent_dim: int,
        size: Size = "small",
        feedforward: int = 2048,
        noise: float | None = None,
        softplus: bool = True,
        seed: int = 0,
    ) -> None:
        super().__init__(representation, latent_dim, size, noise)
        vocabulary, length = len(representation.vocabulary), representation.length
        with initial_weights(seed):
            self.encoder = ConvolutionalEncoder(latent_dim, length, vocabulary, size, softplus)
            self.decoder = TransformerDecoder(latent_dim, length, vocabulary, feedforward)

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Compute all positions in one pass."""
        return self.decoder(z)


class TransformerDecoder(nn.Module):
    """Latent points to logits."""

    def __init__(self, latent_dim: int, length: int, vocabulary: int, feedforward: int) -> None:
        super().__init__()
        self.project = nn.Linear(latent_dim, WIDTH)
        self.start = nn.Parameter(torch.randn(WIDTH))  # embedding of token 0
        self.positions = nn.Parameter(torch.randn(length, WIDTH))
        layer = nn.TransformerDecoderLayer(WIDTH, HEADS, feedforward, DROPOUT, batch_first=True)
        self.layers = nn.TransformerDecoder(layer, LAYERS)
        for parameter in self.layers.parameters():
            if parameter.dim() > 1:  # the layers are copies: draw their weights separately
                nn.init.xavier_uniform_(parameter)
        self.out = nn.Linear(WIDTH, vocabulary, bias=False)
        mask = nn.Transformer.generate_square_subsequent_mask(length)
        self.register_buffer("mask", mask, persistent=False)

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Compute logits; attention without the fused kernels, which lack forward mode."""
        length = len(self.positions)
        tokens = torch.cat([torch.zeros_like(self.start)[None], self.start.expand(length - 1, -1)])
        target = (tokens + self.positions).expand(len(z), -1, -1)  # (n, l, w)
        memory = self.project(z)[:, None].expand(-1, length, -1)
        with sdpa_kernel(SDPBackend.MATH):
            return self.out(self.layers(target, memory, tgt_mask=self.mask))
