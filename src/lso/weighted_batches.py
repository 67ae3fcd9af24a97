"""How the weights of objects enter training: by draws, by copies, or as factors of the losses."""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from lso.training_settings import TrainingSettings


def copies_of(weights: Float[Tensor, "n"]) -> Int[Tensor, "n"]:
    """Return how often `weighted_by: replication` repeats every example: ceil(w / mean(w))."""
    return _rounded(weights / weights.mean()).ceil().long()


def _rounded(factors: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """Equal weights must not leave a second copy of weight 1e-16."""
    return torch.round(factors, decimals=9)


@dataclass
class WeightedBatches:
    """The weighted training set, in batches of (arrays, factors of the losses).

    Args:
        arrays: (n, ...) encoded objects.
        weights: (n,) of the objects, none negative, not all 0, in any scale.
        settings: how weights enter, and how many batches there are.

    Attributes:
        index: rows of `arrays`, a repeated object several times.
        factors: of the loss of each of these.
        per_epoch: batches of one epoch.

    Raises:
        ValueError: there is less than one batch.
    """

    arrays: Tensor
    weights: Float[Tensor, "n"]
    settings: TrainingSettings

    def __post_init__(self) -> None:
        index = torch.arange(len(self.weights))
        factors = self.weights / self.weights.mean()
        if self.settings.weighted_by == "replication":
            factors, copies = _rounded(factors), copies_of(self.weights)
            index = index.repeat_interleave(copies)
            last = torch.zeros(len(index), dtype=torch.bool)
            last[copies.cumsum(0)[copies > 0] - 1] = True
            factors = torch.where(last, (factors - copies + 1)[index], 1.0)
        elif self.settings.weighted_by == "sampler":
            factors = torch.ones(len(index))
        self.index, self.factors = index, factors.float()
        size = self.settings.batch_size
        whole, rest = divmod(len(index), size)
        if rest > 1 and not self.settings.drop_last:
            whole += 1
        self.per_epoch = int(whole * min(self.settings.epochs, 1))
        if self.per_epoch < 1:
            raise ValueError(
                f"{self.settings.epochs} epochs of {len(index)} examples are less than one batch "
                f"of {size}; train on more examples or epochs, or in smaller batches"
            )

    def epoch(self, generator: torch.Generator) -> Iterator[tuple[Tensor, Float[Tensor, "b"]]]:
        """Yield the batches of one epoch, in a new order."""
        size = self.settings.batch_size
        if self.settings.weighted_by == "sampler":
            draws = min(len(self.index), self.per_epoch * size)
            order = torch.multinomial(self.weights, draws, replacement=True, generator=generator)
        else:
            order = torch.randperm(len(self.index), generator=generator)
        for chosen in order.split(size)[: self.per_epoch]:
            yield self.arrays[self.index[chosen]], self.factors[chosen]
