"""The autoregressive variational autoencoder of token sequences."""

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from lso.interfaces import Representation
from lso.models._sequence import ConvolutionalEncoder, Size, TokenAutoencoder, gru_step
from lso.models._vae import initial_weights


class Autoregressive(TokenAutoencoder):
    """Convolutions encode; a recurrent layer that reads z and the token before decodes.

    h_0 = tanh(start(z)); h_t = GRU([embedding(x_{t-1}); z], h_{t-1}); l_t = out(h_t), x_0 = 0.
    In training x_{t-1} is the true token, in decoding the most probable one, so that logits are
    smooth in z between changes of tokens.

    It learns the language of molecules from some ten thousand of them within minutes of one
    core, where `recurrent`, to whose layers the tokens do not return, still writes chains of the
    most frequent token.

    Source: bowman2016, Sec. 3 (without word dropout); encoder of ronen2024.

    Args:
        representation: tokens, already fitted.
        latent_dim: d.
        size: of the encoder: `small` for expressions, `large` for molecules.
        width: of the recurrent layer.
        embedding_dim: of a token.
        noise: scale of the sampling noise.
        softplus: whether the log-variance passes a softplus, as in ronen2024's released code.
        seed: of the initial weights.
    """

    def __init__(
        self,
        representation: Representation,
        latent_dim: int,
        size: Size = "large",
        width: int = 256,
        embedding_dim: int = 32,
        noise: float = 1.0,
        softplus: bool = False,
        seed: int = 0,
    ) -> None:
        super().__init__(representation, latent_dim, size, noise)
        vocabulary, self.length = len(representation.vocabulary), representation.length
        with initial_weights(seed):
            self.encoder = ConvolutionalEncoder(latent_dim, self.length, vocabulary, size, softplus)
            self.start = nn.Linear(latent_dim, width)
            self.embedding = nn.Embedding(vocabulary, embedding_dim)
            self.layer = nn.GRU(embedding_dim + latent_dim, width, batch_first=True)
            self.out = nn.Linear(width, vocabulary)

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Every token follows from the most probable ones before it."""
        w_in, w_state, b_in, b_state = self.layer.all_weights[0]
        w_token, w_latent = w_in.split([self.embedding.embedding_dim, z.shape[1]], dim=1)
        tokens = self.embedding.weight @ w_token.T  # (v, 3w): what each token adds to the gates
        fixed = F.linear(z, w_latent, b_in)
        state, gates, logits = torch.tanh(self.start(z)), fixed, []
        for _ in range(self.length):
            state = gru_step(gates, F.linear(state, w_state, b_state), state)
            logits.append(self.out(state))
            gates = fixed + F.embedding(logits[-1].detach().argmax(-1), tokens)
        return torch.stack(logits, dim=1)

    def training_logits(
        self, z: Float[Tensor, "n d"], batch: Shaped[Tensor, "n l"]
    ) -> Float[Tensor, "n l v"]:
        """Every token follows from the true ones before it."""
        inputs = torch.cat([self._shifted(batch.long()), self._repeated(z)], dim=-1)
        return self.out(self.layer(inputs, torch.tanh(self.start(z))[None])[0])

    def _shifted(self, tokens: Int[Tensor, "n l"]) -> Float[Tensor, "n l e"]:
        return F.pad(self.embedding(tokens[:, :-1]), (0, 0, 1, 0))

    def _repeated(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l d"]:
        return z[:, None].expand(-1, self.length, -1)
