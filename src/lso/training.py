"""The one weighted training loop: a new model comes out, the old one stays as it was."""

import copy
import logging
import math
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import torch
from jaxtyping import Float, Int, Shaped
from torch import Tensor, nn
from tqdm import tqdm

TERMS = ("loss", "reconstruction", "kl")

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TrainingSettings:
    """How to train; the same record serves pretraining and retraining.

    Args:
        epochs: passes over the training set; a fraction below 1 is one pass cut short at
            floor(epochs * batches) batches; 0 trains nothing.
        batch_size: examples of one step.
        learning_rate: of Adam, which starts afresh.
        beta: final weight of the divergence.
        beta_start: weight at first; None keeps beta constant.
        beta_from_step: steps before the weight starts to grow.
        beta_factor: growth of the weight every `beta_every` steps, until it reaches beta.
        beta_every: steps between two growths.
        gradient_clip: largest norm of the gradient; None clips nothing.
        plateau_factor: multiplies the learning rate whenever the validation loss did not improve
            for `plateau_patience` epochs; None keeps the rate.
        plateau_patience: epochs.
        plateau_floor: smallest learning rate.
        patience: stop once the validation loss did not improve for so many epochs; None never.
        keep: the `last` weights or those with the `best` validation loss.
        weighted_by: `sampler` draws every pass with replacement, in proportion to the weights;
            `replication` repeats an example of mean-normalised weight w ceil(w) times, the last
            copy with the remaining weight in (0, 1], and shuffles; `loss` shuffles and multiplies
            losses by w.
        shared_reconstruction: faithful to the expressions of the authors' released code: every
            example of a batch has the mean reconstruction loss of the batch, so that weights
            rescale it, which Adam undoes, but hardly choose what is learnt.
        drop_last: whether to drop a last incomplete batch; one of a single example, which batch
            norm cannot take, is always dropped.
    """

    epochs: float
    batch_size: int
    learning_rate: float = 1e-3
    beta: float = 1.0
    beta_start: float | None = None
    beta_from_step: int = 0
    beta_factor: float = 1.1
    beta_every: int = 10
    gradient_clip: float | None = None
    plateau_factor: float | None = None
    plateau_patience: int = 1
    plateau_floor: float = 0.0
    patience: int | None = None
    keep: Literal["last", "best"] = "last"
    weighted_by: Literal["sampler", "replication", "loss"] = "sampler"
    shared_reconstruction: bool = False
    drop_last: bool = False

    def __post_init__(self) -> None:
        _require("epochs", self.epochs, 0 <= self.epochs < math.inf, "finite and >= 0")
        whole = self.epochs < 1 or self.epochs == int(self.epochs)
        _require("epochs", self.epochs, whole, "a fraction below 1 or a whole number")
        _require("learning_rate", self.learning_rate, 0 < self.learning_rate < math.inf, "> 0")
        _require("beta", self.beta, 0 <= self.beta < math.inf, "finite and >= 0")
        for name in ("batch_size", "beta_every", "plateau_patience"):
            _require(name, getattr(self, name), getattr(self, name) >= 1, ">= 1")
        if self.beta_start is not None:
            in_order = 0 < self.beta_start <= self.beta
            _require("beta_start", self.beta_start, in_order, f"in (0, beta = {self.beta}]")
            _require("beta_factor", self.beta_factor, self.beta_factor > 1, "> 1")
            _require("beta_from_step", self.beta_from_step, self.beta_from_step >= 0, ">= 0")
        for name in ("gradient_clip", "patience"):
            value = getattr(self, name)
            _require(name, value, value is None or value > 0, "> 0 or null")
        if self.plateau_factor is not None:
            _require(
                "plateau_factor", self.plateau_factor, 0 < self.plateau_factor < 1, "in (0, 1)"
            )
            _require("plateau_floor", self.plateau_floor, self.plateau_floor >= 0, ">= 0")
        _require("keep", self.keep, self.keep in ("last", "best"), "last or best")
        known = ("sampler", "replication", "loss")
        _require("weighted_by", self.weighted_by, self.weighted_by in known, " or ".join(known))

    @property
    def needs_validation(self) -> bool:
        """Whether a setting looks at the validation loss."""
        return self.keep == "best" or self.plateau_factor is not None or self.patience is not None

    def beta_at(self, step: int) -> float:
        """Return the weight of the divergence at a step, counted from 0.

        min(beta, beta_start * beta_factor^(floor(step / every) - floor(from_step / every))).

        Source: tripp2020, 2D shapes in the authors' released code.
        """
        if self.beta_start is None:
            return self.beta
        growths = max(0, step // self.beta_every - self.beta_from_step // self.beta_every)
        enough = math.log(self.beta / self.beta_start) / math.log(self.beta_factor)
        if growths >= enough:
            return self.beta
        return self.beta_start * self.beta_factor**growths


def train(
    model: Any,
    arrays: Shaped[np.ndarray, "n ..."],
    weights: Float[np.ndarray, "w"] | None,
    validation_arrays: Shaped[np.ndarray, "m ..."] | None,
    validation_weights: Float[np.ndarray, "v"] | None,
    settings: TrainingSettings,
    generator: torch.Generator,
    progress: bool = False,
) -> tuple[Any, list[dict[str, Any]]]:
    """Continue training a copy of a model on weighted data.

    The result depends on the arguments only: noise, order and dropout all come from the generator.

    Source: tripp2020, Sec. 3 and the authors' released code (how weights enter).

    Args:
        model: with `loss(batch, beta, generator)`, per example.
        arrays: (n, ...) training data, as the model's representation gives them.
        weights: (n,) >= 0, in any scale; None weighs all alike.
        validation_arrays: (m, ...) held-out data; None or empty if there are none.
        validation_weights: (m,) weights in the validation loss; None weighs all alike.
        settings: how to train.
        generator: source of all randomness; advanced by one draw.
        progress: whether to show a bar, if there is a terminal.

    Returns:
        The new model in evaluation mode, and the curve: one row per epoch and split with epoch
        (from 1), step (taken so far), split, loss, reconstruction, kl, beta, learning_rate.

    Raises:
        ValueError: weights or data cannot be used, or there is less than one batch.
        FloatingPointError: the loss is not finite.
    """
    weights = _checked_weights("weights", weights, len(arrays))
    if validation_arrays is None or len(validation_arrays) == 0:
        if settings.needs_validation:
            raise ValueError("keep: best, patience and plateau_factor need validation data")
        validation = None
    else:
        checked = _checked_weights("validation_weights", validation_weights, len(validation_arrays))
        validation = (torch.tensor(validation_arrays), checked)
    seed = int(torch.randint(2**62, (), generator=generator))
    model = copy.deepcopy(model)
    if settings.epochs > 0:
        device = next(model.parameters()).device
        with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
            torch.manual_seed(seed)  # for dropout, which knows no other generator
            run = _Run(model, settings, seed)
            run.train(_Batches(torch.tensor(arrays), weights, settings), validation, progress)
            return model.eval(), run.curve
    return model.eval(), []


def copies_of(weights: Float[Tensor, "n"]) -> Int[Tensor, "n"]:
    """Return how often `weighted_by: replication` repeats every example: ceil(w / mean(w))."""
    return _rounded(weights / weights.mean()).ceil().long()


def _rounded(factors: Float[Tensor, "n"]) -> Float[Tensor, "n"]:
    """Equal weights must not leave a second copy of weight 1e-16."""
    return torch.round(factors, decimals=9)


@dataclass
class _Batches:
    """The weighted training set, in batches of (arrays, factors of the losses)."""

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


@dataclass
class _Run:
    """One training: the model and what changes while it runs."""

    model: nn.Module
    settings: TrainingSettings
    seed: int
    curve: list[dict[str, Any]] = field(default_factory=list)
    step: int = 0

    def __post_init__(self) -> None:
        self.generator = torch.Generator().manual_seed(self.seed)
        self.optimiser = torch.optim.Adam(
            self.model.parameters(), lr=self.settings.learning_rate, fused=True
        )

    @property
    def beta(self) -> float:
        """Weight of the divergence in the step taken last."""
        return self.settings.beta_at(max(self.step - 1, 0))

    def train(
        self, batches: _Batches, validation: tuple[Tensor, Tensor] | None, progress: bool
    ) -> None:
        """Run all epochs, or fewer where patience ends."""
        epochs = math.ceil(self.settings.epochs)
        best, best_weights = math.inf, None
        stale = reduced = 0  # epochs without improvement: in all, and since the rate fell
        bar = tqdm(
            total=epochs * batches.per_epoch,
            disable=None if progress else True,  # None: only on a terminal
            file=sys.__stderr__,  # sys.stderr may be a log
            unit="step",
        )
        with bar:
            for epoch in range(1, epochs + 1):
                self._train_epoch(epoch, batches, bar)
                if validation is None:
                    continue
                loss = self._validate(epoch, *validation)
                improved = loss < best
                stale, reduced = (0, 0) if improved else (stale + 1, reduced + 1)
                if improved:
                    best = loss
                    if self.settings.keep == "best":
                        best_weights = copy.deepcopy(self.model.state_dict())
                if self.settings.plateau_factor and reduced >= self.settings.plateau_patience:
                    self._reduce_learning_rate()
                    reduced = 0
                if self.settings.patience and stale >= self.settings.patience:
                    break
        if best_weights is not None:
            self.model.load_state_dict(best_weights)

    def _train_epoch(self, epoch: int, batches: _Batches, bar: tqdm) -> None:
        self.model.train()
        device = next(self.model.parameters()).device
        totals, count = dict.fromkeys(TERMS, 0.0), 0.0
        for batch, factors in batches.epoch(self.generator):
            terms = self.model.loss(
                batch.to(device), self.settings.beta_at(self.step), self.generator
            )
            if self.settings.shared_reconstruction:
                terms = _share_reconstruction(terms)
            means = {name: (factors.to(device) * terms[name]).mean() for name in TERMS}
            values = {name: float(value.detach()) for name, value in means.items()}
            self._require_finite(epoch, values)
            self.optimiser.zero_grad(set_to_none=True)
            means["loss"].backward()
            if self.settings.gradient_clip is not None:
                nn.utils.clip_grad_norm_(self.model.parameters(), self.settings.gradient_clip)
            self.optimiser.step()
            self.step += 1
            bar.update()
            count += float(factors.sum())
            for name in TERMS:
                totals[name] += values[name] * len(batch)
        self._record(epoch, "training", {name: totals[name] / count for name in TERMS})

    def _validate(self, epoch: int, arrays: Tensor, weights: Float[Tensor, "m"]) -> float:
        """Record the weighted mean loss, with the same noise in every epoch; return it."""
        self.model.eval()
        generator = torch.Generator().manual_seed(self.seed)
        device, beta = next(self.model.parameters()).device, self.beta
        totals = dict.fromkeys(TERMS, 0.0)
        with torch.no_grad():
            for part, w in zip(arrays.split(256), weights.split(256), strict=True):
                terms = self.model.loss(part.to(device), beta, generator)
                for name in TERMS:
                    totals[name] += float((w * terms[name].double().cpu()).sum())
        means = {name: total / float(weights.sum()) for name, total in totals.items()}
        self._require_finite(epoch, means)
        self._record(epoch, "validation", means)
        # at the final beta, or a growing beta would make every later epoch look worse
        return means["reconstruction"] + self.settings.beta * means["kl"]

    def _require_finite(self, epoch: int, values: dict[str, float]) -> None:
        if not math.isfinite(values["loss"]):
            raise FloatingPointError(
                f"expected a finite loss, came {values} at step {self.step} (epoch {epoch}); "
                "a smaller learning_rate or gradient_clip may help"
            )

    def _reduce_learning_rate(self) -> None:
        for group in self.optimiser.param_groups:
            reduced = group["lr"] * self.settings.plateau_factor
            group["lr"] = min(group["lr"], max(reduced, self.settings.plateau_floor))

    def _record(self, epoch: int, split: str, means: dict[str, float]) -> None:
        row = {"epoch": epoch, "step": self.step, "split": split, **means}
        row |= {"beta": self.beta, "learning_rate": self.optimiser.param_groups[0]["lr"]}
        self.curve.append(row)
        logger.info("epoch %d, %s loss %.4g", epoch, split, means["loss"])


def _share_reconstruction(terms: dict[str, Float[Tensor, "b"]]) -> dict[str, Float[Tensor, "b"]]:
    """Replace every example's reconstruction loss by the mean of the batch."""
    own = terms["reconstruction"]
    shared = own.mean().expand_as(own)
    return {**terms, "loss": terms["loss"] - own + shared, "reconstruction": shared}


def _checked_weights(
    name: str, weights: Float[np.ndarray, "w"] | None, n: int
) -> Float[Tensor, "n"]:
    """Return weights in float64; raises ValueError where they cannot be used."""
    if n == 0:
        raise ValueError("expected training data, came an empty array")
    if weights is None:
        return torch.ones(n, dtype=torch.float64)
    checked = torch.tensor(weights, dtype=torch.float64)
    if checked.shape != (n,):
        raise ValueError(f"expected {n} {name}, came shape {tuple(checked.shape)}")
    if not bool(torch.isfinite(checked).all()) or bool((checked < 0).any()):
        raise ValueError(f"{name} must be finite and >= 0; they are not for some examples")
    if not bool(checked.sum() > 0):
        raise ValueError(f"{name} must not all be 0")
    return checked


def _require(name: str, value: Any, holds: bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {expected}, came {value!r}")
