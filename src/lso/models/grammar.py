"""The grammar variational autoencoder of arithmetic expressions."""

from collections.abc import Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from lso.interfaces import Object, Representation
from lso.models._vae import VariationalAutoencoder, initial_weights

CHANNELS = (2, 3, 4)  # of the convolutions, whose kernels have the same widths
HIDDEN = 100
LAYERS = 3
# Keras' momentum 0.99 is the share that running statistics keep, PyTorch's the share they renew
BATCH_NORM = {"momentum": 0.01, "eps": 1e-3}
CERTAIN = 1 - 1e-7  # Keras clips probabilities here
Initialisation = Literal["keras_1", "keras_2"]


class Grammar(VariationalAutoencoder):
    """Convolutions encode production sequences; three gated recurrent layers decode them.

    Source: kusner2017, layers and loss of the code released with tripp2020. Deviation: the loss is
    computed per example, so that weights of examples count; the authors' is one scalar per batch.

    Args:
        representation: production sequences of the grammar.
        latent_dim: d.
        noise: scale of the sampling noise; the authors' 0.01 makes the model nearly deterministic.
        attempts: derivations sampled to decode a point, of which the most frequent is kept.
        initialisation: whose defaults the recurrent layers start from. Keras 1, which trained the
            released models, starts from larger weights (see `ResetFirstGRU`).
        seed: of the initial weights.
    """

    chunk = 1000

    def __init__(
        self,
        representation: Representation,
        latent_dim: int = 25,
        noise: float = 0.01,
        attempts: int = 5,
        initialisation: Initialisation = "keras_2",
        seed: int = 0,
    ) -> None:
        super().__init__(representation, latent_dim, noise)
        if attempts < 1:
            raise ValueError(f"attempts must be >= 1, came {attempts}")
        self.attempts = attempts
        length, vocabulary = representation.length, len(representation.vocabulary)
        if length <= sum(width - 1 for width in CHANNELS):
            raise ValueError(f"expected sequences of at least 7 productions, came {length}")
        with initial_weights(seed):
            self.encoder = GrammarEncoder(latent_dim, length, vocabulary)
            self.decoder = GrammarDecoder(latent_dim, length, vocabulary, initialisation)
            self.apply(_initialise)

    def posterior(
        self, batch: Shaped[Tensor, "n l"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Encode production numbers."""
        one_hot = F.one_hot(batch.long(), len(self.representation.vocabulary))
        return self.encoder(one_hot.to(self._weight.dtype))

    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Compute the logits of all steps, which do not see the sampled productions."""
        return self.decoder(z)

    def reconstruction(
        self, logits: Float[Tensor, "n l v"], batch: Shaped[Tensor, "n l"]
    ) -> Float[Tensor, "n"]:
        """Binary cross-entropy of the masked probabilities: mean over (l, v), times l.

        Productions whose left-hand side is not that of the true one have probability 0.
        """
        batch = batch.long()
        allowed = self.representation.masks(batch)
        log_p = logits.masked_fill(~allowed, -torch.inf).log_softmax(-1)
        true = log_p.gather(-1, batch[..., None]).sum((1, 2))
        others = torch.log1p(-log_p.exp().clamp(max=CERTAIN))
        others = others.scatter(-1, batch[..., None], 0.0).sum((1, 2))
        return -(true + others) / logits.shape[-1]

    def divergence(
        self, mean: Float[Tensor, "n d"], log_variance: Float[Tensor, "n d"]
    ) -> Float[Tensor, "n"]:
        """KL divergence averaged over the latent dimensions, not summed."""
        return super().divergence(mean, log_variance) / self.latent_dim

    def objects(
        self, logits: Float[Tensor, "n l v"], generator: torch.Generator
    ) -> list[Object | None]:
        """Sample derivations that follow the grammar."""
        return self.representation.masked_decode(logits, self.attempts, generator)


class GrammarEncoder(nn.Module):
    """Three times (convolution, ReLU, batch norm), a dense layer, two heads."""

    def __init__(self, latent_dim: int, length: int, vocabulary: int) -> None:
        super().__init__()
        layers, channels = [], vocabulary
        for width in CHANNELS:
            layers += [nn.Conv1d(channels, width, kernel_size=width), nn.ReLU()]
            layers += [nn.BatchNorm1d(width, **BATCH_NORM)]
            channels, length = width, length - width + 1
        self.layers = nn.Sequential(
            *layers, nn.Flatten(), nn.Linear(channels * length, HIDDEN), nn.ReLU()
        )
        self.mean = nn.Linear(HIDDEN, latent_dim)
        self.log_variance = nn.Linear(HIDDEN, latent_dim)

    def forward(
        self, one_hot: Float[Tensor, "n l v"]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return mean and log-variance."""
        x = self.layers(one_hot.transpose(1, 2))
        return self.mean(x), self.log_variance(x)


class GrammarDecoder(nn.Module):
    """Batch norm, a dense layer repeated at every step, recurrent layers, logits."""

    def __init__(
        self, latent_dim: int, length: int, vocabulary: int, initialisation: Initialisation
    ) -> None:
        super().__init__()
        self.length = length
        self.batch_norm = nn.BatchNorm1d(latent_dim, **BATCH_NORM)
        self.linear = nn.Linear(latent_dim, latent_dim)
        widths = (latent_dim, *[HIDDEN] * (LAYERS - 1))
        self.layers = nn.ModuleList(
            ResetFirstGRU(width, HIDDEN, initialisation) for width in widths
        )
        self.out = nn.Linear(HIDDEN, vocabulary)

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n l v"]:
        """Compute logits."""
        steps = [F.relu(self.linear(self.batch_norm(z)))] * self.length
        for layer in self.layers:
            steps = layer(steps)
        return self.out(torch.stack(steps, dim=1))


class ResetFirstGRU(nn.Module):
    """A gated recurrent layer whose reset gate acts before the matrix product.

    z, r = σ(W x + U h + b);  h' = z h + (1 - z) tanh(W x + U (r h) + b).
    `torch.nn.GRU` resets after the product; this is Keras' layer with `reset_after=False`.

    Keras 2 draws the weights of the three gates as one matrix: W Glorot uniform, U with orthonormal
    columns. Keras 1 draws each gate by itself, and U 1.1 times orthogonal, so that W is larger by
    a factor of 1.4 to 1.6 at our widths and U by 1.9.
    """

    def __init__(self, inputs: int, hidden: int, initialisation: Initialisation) -> None:
        super().__init__()
        self.kernel = nn.Parameter(torch.empty(3 * hidden, inputs))  # gates z, r, then candidate
        self.recurrent = nn.Parameter(torch.empty(3 * hidden, hidden))
        self.bias = nn.Parameter(torch.zeros(3 * hidden))
        draws, gain = (3, 1.1) if initialisation == "keras_1" else (1, 1.0)
        weights = (weight.detach().chunk(draws) for weight in (self.kernel, self.recurrent))
        for kernel, recurrent in zip(*weights, strict=True):
            nn.init.xavier_uniform_(kernel)
            nn.init.orthogonal_(recurrent, gain=gain)

    def forward(self, inputs: Sequence[Float[Tensor, "n i"]]) -> list[Float[Tensor, "n o"]]:
        """Run all steps from a zero state; a list of steps spares copies of long tensors."""
        hidden = self.recurrent.shape[1]
        gate_weight, weight = (w.T for w in self.recurrent.split([2 * hidden, hidden]))
        h = inputs[0].new_zeros(len(inputs[0]), hidden)
        states, previous = [], None
        for x in inputs:
            if x is not previous:  # the first layer sees the same input at every step
                projected = F.linear(x, self.kernel, self.bias)
                gate_input, candidate = projected.split([2 * hidden, hidden], dim=-1)
                previous = x
            update, reset = torch.sigmoid(torch.addmm(gate_input, h, gate_weight)).chunk(2, -1)
            new = torch.tanh(torch.addmm(candidate, reset * h, weight))
            h = torch.lerp(new, h, update)
            states.append(h)
        return states


def _initialise(module: nn.Module) -> None:
    """Keras' defaults: Glorot uniform weights, zero biases."""
    if isinstance(module, nn.Linear | nn.Conv1d):
        nn.init.xavier_uniform_(module.weight)
        nn.init.zeros_(module.bias)
