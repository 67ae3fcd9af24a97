"""Weighted retraining: keep the generator up to date with what was found."""

import logging
from dataclasses import dataclass, replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import Method, State, Weighting
from lso.score_terms import Penalty
from lso.training import train
from lso.training_settings import TrainingSettings
from lso.weighted_batches import copies_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class WeightedRetraining:
    """Retrain the model every `period` queries on weighted data, search with an inner method.

    Round i: weigh the training set (Eq. 2), continue training the current model on it, then
    restart the inner method, which asks the next `period` queries; valid queries join the
    training set.

    Source: tripp2020, Algorithm 1.

    Args:
        inner: the method that searches the latent space of the current model.
        weighting: scores to weights; None trains uniformly.
        penalty: ours: weigh scores to which a latent score of each object's encoding is added,
            so that weight is also moved away from objects where the decoder is not at home. Its
            weight is in standard deviations of the scores per one of the latent score.
        period: r, queries between retrainings; None retrains at most once, before any query.
        initial: how to train before the first query; None keeps the model as it comes.
        retraining: how to train at every later retraining.
        pool: use this many random initial objects only; None uses all.
        only_novel: admit a query only if its object is new and can be represented.
        replace_quantile: FB-VAE's rule: of each round's new objects admit those at or above this
            quantile of their scores, and drop as many of the oldest objects; None admits all.
        admit_queries: False is faithful to FB-VAE on squares in the authors' released code, in
            which no query ever reaches the training set.
        newest_validate: faithful to the expressions of the authors' released code: hold out this
            share of the training set, its newest objects, in place of the task's random split;
            where weights are copies, this share of the copies. (There, weights are copies before
            the split; here those of the rest have a mean of 1 again, as every training's.)
    """

    inner: Method
    weighting: Weighting | None = None
    period: int | None = None
    initial: TrainingSettings | None = None
    retraining: TrainingSettings | None = None
    pool: int | None = None
    only_novel: bool = False
    replace_quantile: float | None = None
    admit_queries: bool = True
    newest_validate: float | None = None
    penalty: Penalty | None = None

    def __post_init__(self) -> None:
        for name in ("period", "pool"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be >= 1 (or null), came {value}")
        if self.period is not None and self.retraining is None:
            raise ValueError("a period needs the setting 'retraining'")
        if self.penalty is not None and self.weighting is None:
            raise ValueError("a penalty changes the weights, so it needs the setting 'weighting'")
        if self.replace_quantile is not None and not 0 <= self.replace_quantile < 1:
            raise ValueError(f"replace_quantile must be in [0, 1), came {self.replace_quantile}")
        if self.newest_validate is not None and not 0 < self.newest_validate < 1:
            raise ValueError(f"newest_validate must be in (0, 1), came {self.newest_validate}")

    @property
    def paper_symbols(self) -> dict[str, float | int | str]:
        """k and r as the paper writes them, for the metadata of a history."""
        k = getattr(self.weighting, "k", "inf" if self.weighting is None else None)
        return {"k": k, "r": self.period or "inf"}

    @property
    def queries_per_round(self) -> int:
        """The retraining period; without one, everything is one round."""
        return self.period or 2**31 - 1

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Retrain if a period has passed, then let the inner method digest."""
        n = len(state.y)
        if n == 0:
            state = state.remember(training=self._first_training_set(state, generator))
            state = self._retrain(state, self.initial, generator)
        elif (
            n // self.queries_per_round
            > int(state.memory["retrained_at"]) // self.queries_per_round
        ):
            state = self._retrain(self._admit(state), self.retraining, generator)
        return self.inner.tell(state, generator)

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"]:
        """Ask the inner method, at most up to the next retraining."""
        left = self.queries_per_round - len(state.y) % self.queries_per_round
        return self.inner.ask(state, generator)[:left]

    def _first_training_set(self, state: State, generator: torch.Generator) -> Tensor:
        indices = state.training_indices()
        known = state.model.representation.can_represent
        kept = [i for i in indices.tolist() if known(state.task.x[i])]
        indices = torch.tensor(kept, dtype=torch.int64)
        if self.pool is None or self.pool >= len(indices):
            return indices
        return indices[torch.randperm(len(indices), generator=generator)[: self.pool]].sort().values

    def _admit(self, state: State) -> State:
        """Move the queries since the last retraining into the training set."""
        training = state.memory["training"]
        if not self.admit_queries:
            return state
        known = set(state.training_data()[0]) if self.only_novel else set()
        admitted = []
        for i in range(int(state.memory["retrained_at"]), len(state.y)):
            item = state.x[i]
            if item is None or torch.isnan(state.y[i]) or item in known:
                continue
            if not state.model.representation.can_represent(item):
                continue
            if self.only_novel:
                known.add(item)
            admitted.append(i)
        if self.replace_quantile is not None and admitted:
            y = state.y[admitted].numpy()
            admitted = [i for i in admitted if state.y[i] >= np.quantile(y, self.replace_quantile)]
            training = training[len(admitted) :]
        added = torch.tensor(admitted, dtype=torch.int64) + len(state.task.x)
        return state.remember(training=torch.cat([training, added]))

    def _retrain(
        self, state: State, settings: TrainingSettings | None, generator: torch.Generator
    ) -> State:
        """Continue training on the weighted training set; everything else is forgotten.

        Without weight there is nothing to learn, as where CEM-PI's best are all held out: the
        model stays as it is.
        """
        memory = {
            "training": state.memory["training"],
            "retrained_at": torch.tensor(len(state.y)),
        }
        state = replace(state, memory=memory)
        if settings is None or settings.epochs == 0:
            return state
        arrays, weights, *held_out = self._split(state, settings, generator)
        if not weights.any():
            logger.info("no retraining: all %d training weights are 0", len(weights))
            return state
        model, _ = train(
            state.model, arrays, weights, *held_out, settings=settings, generator=generator
        )
        return replace(state, model=model)

    def _split(self, state: State, settings: TrainingSettings, generator: torch.Generator) -> tuple:
        """Arrays and weights to train on, then those to validate with (None without need)."""
        x, y = state.training_data()
        arrays, weights = state.model.representation.arrays, self._weigh(state, x, y, generator)
        if not settings.needs_validation:
            return arrays(x), weights, None, None
        if self.newest_validate is not None:
            kept = len(x) - self._newest(weights, settings)
            x, held_x = x[:kept], x[kept:]
            weights, held_weights = weights[:kept], weights[kept:]
        else:
            held_out = np.flatnonzero(state.task.validation)
            held_x, held_y = [state.task.x[i] for i in held_out], state.task.y[held_out]
            held_weights = self._weigh(state, held_x, held_y, generator)
        if not held_x:
            return arrays(x), weights, None, None
        # the newest may all lack weight; their loss still tells when to stop
        return arrays(x), weights, arrays(held_x), held_weights if held_weights.any() else None

    def _newest(self, weights: Float[np.ndarray, "n"], settings: TrainingSettings) -> int:
        """Return how many of the newest objects have the share `newest_validate`; at least one."""
        copies = torch.ones(len(weights), dtype=torch.int64)
        if settings.weighted_by == "replication":
            copies = copies_of(torch.tensor(weights))
        newest = copies.flip(0).cumsum(0) <= round(int(copies.sum()) * self.newest_validate)
        return max(1, int(newest.sum()))

    def _weigh(
        self, state: State, x: list, y: Float[np.ndarray, "n"], generator: torch.Generator
    ) -> Float[np.ndarray, "n"]:
        if self.weighting is None or len(y) == 0:
            return np.ones(len(y))
        if self.penalty is None:
            return self.weighting(y)
        z = state.model.encode(x).double().to(state.device)
        calibration = self.penalty.calibrate(state.model, z, generator)
        with torch.no_grad():
            score = self.penalty.bind(state.model, z, calibration, generator)(z)
        return self.weighting(y + self.penalty.weight * y.std() * score.cpu().numpy())
