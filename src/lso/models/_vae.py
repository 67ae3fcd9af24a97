"""What all variational autoencoders share: the evidence lower bound, encoding, decoding."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from lso.interfaces import Object, Representation


class VariationalAutoencoder(nn.Module, ABC):
    """A Gaussian encoder and a decoder that gives logits.

    z = μ(x) + s exp(log σ²(x) / 2) ε with ε ~ N(0, I);
    loss(x) = reconstruction(x, logits(z)) + β KL(N(μ, σ²) ‖ N(0, I)).

    Args:
        representation: objects to integer arrays and back.
        latent_dim: d, number of latent dimensions.
        noise: s, scale of the sampling noise; 1 is the usual autoencoder. It does not enter KL.
    """

    chunk = 256  # objects or points that one pass encodes or decodes
    link = "softmax"  # what the logits are of: tokens; images have `logistic`

    def __init__(self, representation: Representation, latent_dim: int, noise: float = 1.0) -> None:
        super().__init__()
        if latent_dim < 1:
            raise ValueError(f"latent_dim must be >= 1, came {latent_dim}")
        if not noise >= 0:
            raise ValueError(f"noise must be >= 0, came {noise}")
        self.representation = representation
        self.latent_dim = latent_dim
        self.noise = noise

    @abstractmethod
    def posterior(
        self, batch: Shaped[Tensor, "n ..."]
    ) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n d"]]:
        """Return mean and log-variance of q(z | x) for a batch of the representation's arrays."""

    @abstractmethod
    def decoder_logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n ..."]:
        """Compute logits of points that have the model's dtype and device."""

    @abstractmethod
    def reconstruction(
        self, logits: Float[Tensor, "n ..."], batch: Shaped[Tensor, "n ..."]
    ) -> Float[Tensor, "n"]:
        """Return the negative log-likelihood of every example."""

    @abstractmethod
    def objects(
        self, logits: Float[Tensor, "n ..."], generator: torch.Generator
    ) -> list[Object | None]:
        """Turn logits into objects, `None` where invalid."""

    def logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n ..."]:
        """Compute the decoder's output before sampling.

        Differentiable in every way that `torch.func` knows. Runs in the model's precision: for
        derivatives in float64 convert the model with `.double()`.

        Raises:
            ValueError: `z` does not have the model's number of latent dimensions.
        """
        if z.shape[-1] != self.latent_dim:
            raise ValueError(f"expected z of shape (n, {self.latent_dim}), came {tuple(z.shape)}")
        return self.decoder_logits(z.to(self._weight))

    def training_logits(
        self, z: Float[Tensor, "n d"], batch: Shaped[Tensor, "n ..."]
    ) -> Float[Tensor, "n ..."]:
        """Compute the logits that the loss sees; a model with teacher forcing reads the batch."""
        return self.decoder_logits(z)

    def divergence(
        self, mean: Float[Tensor, "n d"], log_variance: Float[Tensor, "n d"]
    ) -> Float[Tensor, "n"]:
        """KL(N(μ, σ²) ‖ N(0, I)) = ½ Σ (μ² + σ² - 1 - log σ²) of every example."""
        return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(-1)

    def loss(
        self, batch: Shaped[Tensor, "n ..."], beta: float, generator: torch.Generator
    ) -> dict[str, Float[Tensor, "n"]]:
        """Return loss, reconstruction and kl of every example: a one-sample bound, negated.

        Args:
            batch: arrays of the representation.
            beta: weight of the divergence.
            generator: source of the sampling noise.
        """
        batch = batch.to(self._weight.device)
        mean, log_variance = self.posterior(batch)
        epsilon = torch.randn(
            mean.shape, dtype=mean.dtype, generator=generator, device=generator.device
        )
        z = mean + self.noise * (0.5 * log_variance).exp() * epsilon.to(mean.device)
        reconstruction = self.reconstruction(self.training_logits(z, batch), batch)
        kl = self.divergence(mean, log_variance)
        return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}

    def encode(self, objects: Sequence[Object]) -> Float[Tensor, "n d"]:
        """Return posterior means in float64 on the CPU, without dropout or noise.

        Raises:
            ValueError: an object cannot be represented.
        """
        if len(objects) == 0:
            return torch.empty(0, self.latent_dim, dtype=torch.float64)
        arrays = torch.as_tensor(self.representation.arrays(objects))
        with evaluating(self), torch.no_grad():
            means = [
                self.posterior(part.to(self._weight.device))[0].double().cpu()
                for part in arrays.split(self.chunk)
            ]
        return torch.cat(means)

    def decode(self, z: Float[Tensor, "n d"], generator: torch.Generator) -> list[Object | None]:
        """Decode latent points to objects, without dropout; `None` where invalid.

        Raises:
            ValueError: `z` has the wrong number of dimensions or is not finite.
        """
        if not bool(torch.isfinite(z).all()):
            bad = int((~torch.isfinite(z).all(-1)).sum())
            raise ValueError(f"expected finite z, came {bad} of {len(z)} points with NaN or inf")
        decoded = []
        with evaluating(self), torch.no_grad():
            for part in z.split(self.chunk) if len(z) else ():
                decoded += self.objects(self.logits(part), generator)
        return decoded

    @property
    def _weight(self) -> Tensor:
        """A parameter: it knows dtype and device."""
        return next(self.parameters())


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Switch to evaluation mode and back to whatever mode every submodule had."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


@contextmanager
def initial_weights(seed: int) -> Iterator[None]:
    """Draw initial weights from a seed and leave torch's global generator untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(seed)
        yield
