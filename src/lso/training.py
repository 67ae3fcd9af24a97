"""The one weighted training loop: a new model comes out, the old one stays as it was."""

import copy
import logging
import math
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn
from tqdm import tqdm

from lso.training_settings import TrainingSettings
from lso.weighted_batches import WeightedBatches

TERMS = ("loss", "reconstruction", "kl")

logger = logging.getLogger(__name__)


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
            run.train(
                WeightedBatches(torch.tensor(arrays), weights, settings), validation, progress
            )
            return model.eval(), run.curve
    return model.eval(), []


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
        self, batches: WeightedBatches, validation: tuple[Tensor, Tensor] | None, progress: bool
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

    def _train_epoch(self, epoch: int, batches: WeightedBatches, bar: tqdm) -> None:
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
