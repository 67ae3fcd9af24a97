"""The recurrent variational autoencoder of token sequences."""

from collections.abc import Mapping
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn

from lso.interfaces import Representation
from lso.models._sequence import WIDTH, ConvolutionalEncoder, Size, TokenAutoencoder, gru_step
from lso.models._vae import initial_weights

CELLS = {"gru": nn.GRU, "lstm": nn.LSTM}
LAYERS = 3
DROPOUT = 0.2
# in the authors' files, and read by nothing that decodes or encodes
UNUSED = ("encoder.embedding.", "property_net.")


class Recurrent(TokenAutoencoder):
    """Convolutions encode; three recurrent layers and a head that sees the last token decode.

    o_1..o_L = RNN(project(z), ..., project(z));
    l_t = out([o_t ; output_projection(p_{t-1})]), p_0 = 0, p_t = softmax(l_t).
    The previous token reaches the head only, so that all o_t come from one pass.

    Source: ronen2024, architecture of the released code; its training loss is not published:
    ours is the cross-entropy summed over positions plus beta times KL.

    Args:
        representation: tokens, already fitted.
        latent_dim: d.
        cell: kind of the recurrent layers.
        size: of the encoder: `small` for expressions, `large` for molecules.
        noise: scale of the sampling noise; None: 0.1 (small) or 0.001 (large).
        softplus: whether the log-variance passes a softplus, as in the authors' released code,
            whose noise is small; False for an ordinary autoencoder of noise 1.
        teacher_forcing: in training p_t is the true token; None: only if large.
        seed: of the initial weights.
    """

    def __init__(
        self,
        representation: Representation,
        latent_dim: int,
        cell: Literal["gru", "lstm"] = "gru",
        size: Size = "small",
        noise: float | None = None,
        softplus: bool = True,
        teacher_forcing: bool | None = None,
        seed: int = 0,
    ) -> None:
        super().__init__(representation, latent_dim, size, noise)
        self.teacher_forcing = size == "large" if teacher_forcing is None else teacher_forcing
        vocabulary, length = len(representation.vocabulary), representation.length
        with initial_weights(seed):
            self.encoder = ConvolutionalEncoder(latent_dim, length, vocabulary, size, softplus)
            self.decoder = RecurrentDecoder(latent_dim, length, vocabulary, cell)

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Every token follows from the probabilities of the one before."""
        return self.decoder.run_freely(self.decoder.unroll(z))

    def training_logits(
        self, z: Float[Tensor, "n d"], batch: Shaped[Tensor, "n l"]
    ) -> Float[Tensor, "n l v"]:
        """As `decoder_logits`, with teacher forcing if asked for."""
        # the library's layers are one kernel on a GPU, and no faster than steps on a CPU
        outputs = self.decoder.run_layers(z) if z.is_cuda else self.decoder.unroll(z)
        if self.teacher_forcing:
            return self.decoder.follow(outputs, batch.long())
        return self.decoder.run_freely(outputs)

    def load_released(self, state_dict: Mapping[str, Tensor]) -> None:
        """Take over weights that the authors of the latent exploration score released.

        Source: ronen2024, released weights.

        Args:
            state_dict: entries of a weight file.

        Raises:
            ValueError: entries are missing, unknown or of another shape than the settings say.
        """
        entries = {key: value for key, value in state_dict.items() if not key.startswith(UNUSED)}
        expected = self.state_dict()
        problems = [f"missing {key}" for key in expected if key not in entries]
        problems += [f"unknown {key}" for key in entries if key not in expected]
        problems += [
            f"{key} has shape {tuple(entries[key].shape)}, expected {tuple(value.shape)}"
            for key, value in expected.items()
            if key in entries and entries[key].shape != value.shape
        ]
        if problems:
            raise ValueError("released weights do not fit the architecture: " + "; ".join(problems))
        self.load_state_dict(entries)
        self.eval()


class RecurrentDecoder(nn.Module):
    """Latent points to logits; `gru` names the layers of either kind, as in the weight files."""

    def __init__(self, latent_dim: int, length: int, vocabulary: int, cell: str) -> None:
        super().__init__()
        self.length = length
        self.project = nn.Linear(latent_dim, WIDTH)
        self.gru = CELLS[cell](WIDTH, WIDTH, LAYERS, batch_first=True, dropout=DROPOUT)
        self.output_projection = nn.Linear(vocabulary, WIDTH)
        self.out = nn.Linear(2 * WIDTH, vocabulary)

    def run_layers(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l w"]:
        """Run the library's layers, which forward mode and `vmap` do not support."""
        return self.gru(self.project(z)[:, None].expand(-1, self.length, -1))[0]

    def unroll(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l w"]:
        """Run the same layers step by step, in plain differentiable operations."""
        step = _lstm_step if isinstance(self.gru, nn.LSTM) else _gru_step
        steps = [self.project(z)] * self.length  # a list of (n, w) spares copies of long tensors
        for layer in range(LAYERS):
            w_in, w_state, b_in, b_state = self.gru.all_weights[layer]
            if layer == 0:
                projected = [F.linear(steps[0], w_in, b_in)] * self.length
            else:
                dropped = (F.dropout(x, DROPOUT, self.training) for x in steps)
                projected = [F.linear(x, w_in, b_in) for x in dropped]
            state = (torch.zeros_like(steps[0]),) * 2
            steps = []
            for x in projected:
                state = step(x, F.linear(state[0], w_state, b_state), *state)
                steps.append(state[0])
        return torch.stack(steps, dim=1)

    def run_freely(self, outputs: Float[Tensor, "n l w"]) -> Float[Tensor, "n l v"]:
        """Feed back the probabilities of the previous position."""
        fixed, feedback = self._head(outputs)
        logits = [fixed[0]]
        for x in fixed[1:]:
            logits.append(x + F.linear(logits[-1].softmax(-1), feedback))
        return torch.stack(logits, dim=1)

    def follow(
        self, outputs: Float[Tensor, "n l w"], tokens: Int[Tensor, "n l"]
    ) -> Float[Tensor, "n l v"]:
        """Feed back the true previous token (teacher forcing)."""
        fixed, feedback = self._head(outputs)
        previous = F.embedding(tokens[:, :-1], feedback.T)
        return torch.stack(fixed, dim=1) + F.pad(previous, (0, 0, 1, 0))

    def _head(
        self, outputs: Float[Tensor, "n l w"]
    ) -> tuple[tuple[Tensor, ...], Float[Tensor, "v v"]]:
        """Split the head into what the layers say at every step and what feeds back.

        out([o ; project(p)]) = (A o + B b + c) + B W p with out = ([A B], c), project = (W, b).
        """
        a, b = self.out.weight.split(WIDTH, dim=1)
        fixed = F.linear(outputs, a, self.out.bias + b @ self.output_projection.bias)
        return fixed.unbind(1), b @ self.output_projection.weight


def _gru_step(x: Tensor, s: Tensor, h: Tensor, _: Tensor) -> tuple[Tensor, Tensor]:
    """A step of `gru_step`, with the second state that an LSTM has."""
    h = gru_step(x, s, h)
    return h, h


def _lstm_step(x: Tensor, s: Tensor, _: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """x, s: projected input and state, (n, 4w), gates in the order input, forget, cell, output."""
    i, f, g, o = (x + s).chunk(4, -1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
