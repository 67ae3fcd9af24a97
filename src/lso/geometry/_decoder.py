"""A user's decoder, copied, frozen, in one precision, and checked whenever it is called."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lso.geometry._links import link_of


class FrozenDecoder(nn.Module):
    """A copy of a decoder that gives no gradients to its weights.

    Args:
        decoder: a module that maps (n, d) to outputs (n, ...), or one with such a method `logits`.
        dtype: precision of the copy; None keeps the decoder's.

    Raises:
        ValueError: the decoder is none, or is in training mode with layers that then are random
            or mix the points of a batch.
    """

    def __init__(self, decoder: Any, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        if not callable(getattr(decoder, "logits", decoder)):
            raise ValueError(f"expected a callable decoder or one with logits, came {decoder!r}")
        if isinstance(decoder, nn.Module):
            decoder = copy.deepcopy(decoder).requires_grad_(False)
            decoder = decoder if dtype is None else decoder.to(dtype)
        self.decoder = decoder
        self.dtype = dtype
        self.latent_dim = getattr(decoder, "latent_dim", None)
        self.link = link_of(decoder)
        self.require_evaluation()

    def forward(self, z: Float[Tensor, "n d"]) -> Tensor:
        """Run the decoder.

        Raises:
            ValueError: outputs are not one per latent, or on another device.
        """
        outputs = getattr(self.decoder, "logits", self.decoder)(z)
        if outputs.dim() < 2 or len(outputs) != len(z):
            raise ValueError(
                f"expected {len(z)} outputs for {len(z)} latents, (n, l, v) or pixels (n, ...), "
                f"came shape {tuple(outputs.shape)}"
            )
        if outputs.device != z.device:
            raise ValueError(f"the latents are on {z.device}, but the outputs on {outputs.device}")
        return outputs

    def require_evaluation(self) -> None:
        """Raise ValueError if a layer is in training mode that then depends on chance or batch."""
        for name, module in self.named_modules():
            if module.training and (_dropout(module) > 0 or isinstance(module, _BATCH_NORM)):
                raise ValueError(
                    f"the decoder is in training mode and its {type(module).__name__} "
                    f"{name.removeprefix('decoder.')!r} is not deterministic; call decoder.eval()"
                )

    def require_dropout(self) -> None:
        """Raise ValueError if no layer drops anything, so that all passes are the same."""
        if not any(_dropout(module) > 0 for module in self.modules()):
            raise ValueError("expected a decoder with dropout layers, came one without any")

    def prepare(self, z: Tensor) -> Float[Tensor, "n d"]:
        """Check latent points and give them the decoder's precision.

        Raises:
            ValueError: wrong shape, width or device, or not finite.
        """
        width = "d" if self.latent_dim is None else self.latent_dim
        if z.dim() != 2 or (self.latent_dim is not None and z.shape[1] != self.latent_dim):
            raise ValueError(f"expected latents of shape (n, {width}), came {tuple(z.shape)}")
        weight = next(self.parameters(), z)
        if weight.device != z.device:
            raise ValueError(f"the decoder is on {weight.device}, but the latents on {z.device}")
        if not torch.isfinite(z).all():
            raise ValueError(f"{_count_bad(z)} of {len(z)} latents are not finite")
        return z.to(self.dtype or weight.dtype)

    def require_finite(self, values: Float[Tensor, "n ..."], name: str = "outputs") -> None:
        """Raise ValueError if outputs, or what `name` says they are, are not finite."""
        if not torch.isfinite(values).all():
            bad = _count_bad(values)
            raise ValueError(f"{name} of {bad} of {len(values)} latents are not finite")

    def require_reaction(self, z: Float[Tensor, "n d"]) -> None:
        """Raise ValueError if outputs are the same everywhere on a line through each point."""
        steps = torch.linspace(-3, 3, 7, dtype=z.dtype, device=z.device)
        outputs = self((z + steps[:, None, None]).flatten(0, 1)).unflatten(0, (len(steps), len(z)))
        if (outputs == outputs[:1]).all():
            raise ValueError("the decoder's outputs do not depend on the latents")

    @contextmanager
    def dropout(self, seed: int) -> Iterator[None]:
        """Switch dropout on, with masks drawn from `seed`; batch norms stay as they are."""
        modes = {module: module.training for module in self.modules()}
        devices = [p.device for p in self.parameters() if p.device.type == "cuda"][:1]
        try:
            for module in modes:
                module.training = not isinstance(module, _BATCH_NORM)
            with torch.random.fork_rng(devices):
                torch.manual_seed(seed)
                yield
        finally:
            for module, mode in modes.items():
                module.training = mode


_BATCH_NORM = nn.modules.batchnorm._BatchNorm


def draw_seed(generator: torch.Generator) -> int:
    """A seed for layers that take no generator."""
    return int(torch.randint(2**62, (), generator=generator))


def _dropout(module: nn.Module) -> float:
    """Dropout probability of a layer: `p` of dropout layers, `dropout` of recurrent ones."""
    is_dropout = isinstance(module, nn.modules.dropout._DropoutNd)
    rate = module.p if is_dropout else getattr(module, "dropout", 0.0)
    return rate if isinstance(rate, int | float) else 0.0


def _count_bad(x: Tensor) -> int:
    return int((~torch.isfinite(x.flatten(1)).all(1)).sum())
