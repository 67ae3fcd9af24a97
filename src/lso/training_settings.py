"""How a model is trained: one record for pretraining and retraining."""

import math
from dataclasses import dataclass
from typing import Any, Literal


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

    Raises:
        ValueError: a setting is out of its range.
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


def _require(name: str, value: Any, holds: bool, expected: str) -> None:
    if not holds:
        raise ValueError(f"{name} must be {expected}, came {value!r}")
