"""The records and protocols that every layer speaks; imports nothing of ours.

Dimension letters, used in every signature: n points, q points asked together, d latent,
l length, v vocabulary, h height, w width, m output.

An *object* is what the study designs: a `str` (a SMILES, an expression without blanks) or
`bytes` (a binary image, its pixels packed row by row). An invalid decode is `None`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Shaped
from torch import Tensor

Object = str | bytes


@runtime_checkable
class Objective(Protocol):
    """A black box over objects; its constructor arguments are its settings."""

    def __call__(self, objects: Sequence[Object]) -> Float[np.ndarray, "n"]:
        """Score objects: larger is better, NaN where an object is invalid; never raises."""
        ...


@runtime_checkable
class Weighting(Protocol):
    """Scores to weights of training objects; its constructor arguments are its settings."""

    def __call__(self, y: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
        """Weigh scores: non-negative, only ratios matter."""
        ...


@runtime_checkable
class Dataset(Protocol):
    """A source of objects; a pure function of the contents of its files."""

    def objects(self, files: dict[str, bytes]) -> list[Object]:
        """Return the objects; `files` maps the names of the config entry to their contents."""
        ...


@runtime_checkable
class Representation(Protocol):
    """Objects to integer arrays and back."""

    def fit(self, objects: Sequence[Object]) -> "Representation":
        """Return a copy that knows what must be learnt from data, such as a vocabulary."""
        ...

    def arrays(self, objects: Sequence[Object]) -> Shaped[np.ndarray, "n ..."]:
        """Encode objects; raises ValueError naming the first that cannot be represented."""
        ...

    def can_represent(self, item: Object) -> bool:
        """Tell whether `arrays` accepts an object."""
        ...


@runtime_checkable
class Model(Protocol):
    """A generative model (variational, or an untrained decoder): a torch module."""

    latent_dim: int
    representation: Representation

    def logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n ..."]:
        """Decoder output before sampling: (n, l, v) for sequences, (n, h, w) for images."""
        ...

    def encode(self, objects: Sequence[Object]) -> Float[Tensor, "n d"]:
        """Posterior means in float64, without dropout or noise."""
        ...

    def decode(self, z: Float[Tensor, "n d"], generator: torch.Generator) -> list[Object | None]:
        """Decode latent points to objects, `None` where invalid."""
        ...


@dataclass(frozen=True)
class Task:
    """A data set with an objective: objects, scores, which of them validate, how to score more.

    Args:
        x: initial objects.
        y: (n,) their scores, larger is better, all finite.
        validation: (n,) True for objects that no model is trained on.
        objective: the black box.
    """

    x: list[Any]
    y: Float[np.ndarray, "n"]
    validation: Bool[np.ndarray, "n"]
    objective: Objective

    def score(self, x: Sequence[Object | None]) -> Float[np.ndarray, "q"]:
        """Score decoded objects; NaN where the decode was invalid or the score is not finite.

        Every score that a search is told comes from here, so an infinite one counts as invalid
        everywhere.
        """
        y = np.full(len(x), np.nan)
        valid = [i for i, item in enumerate(x) if item is not None]
        if valid:
            y[valid] = self.objective([x[i] for i in valid])
        return np.where(np.isfinite(y), y, np.nan)


@dataclass(frozen=True)
class State:
    """Everything a run has at one moment; what is not here does not survive to the next job.

    Args:
        task: initial data and objective.
        model: the generative model as it is now.
        z: (n, d) float64, all latent points queried so far; NaN where an object was asked for.
        x: their decoded objects, `None` where invalid.
        y: (n,) float64, their scores, finite, or NaN where invalid.
        memory: named tensors that the method carries from one query to the next.
    """

    task: Task
    model: Any
    z: Float[Tensor, "n d"]
    x: list[Any] = field(default_factory=list)
    y: Float[Tensor, "n"] = field(default_factory=lambda: torch.empty(0, dtype=torch.float64))
    memory: dict[str, Tensor] = field(default_factory=dict)

    @classmethod
    def initial(cls, task: Task, model: Any) -> "State":
        """The state before the first query."""
        return cls(task, model, torch.empty(0, model.latent_dim, dtype=torch.float64))

    @property
    def device(self) -> torch.device:
        """Where the model lives, and so where methods compute."""
        return next((p.device for p in self.model.parameters()), torch.device("cpu"))

    def append(self, z: Float[Tensor, "q d"], x: list, y: Float[np.ndarray, "q"]) -> "State":
        """The state with q more queries told."""
        return replace(
            self,
            z=torch.cat([self.z, z.to(self.z)]),
            x=self.x + x,
            y=torch.cat([self.y, torch.as_tensor(y, dtype=torch.float64)]),
        )

    def remember(self, **tensors: Tensor) -> "State":
        """The state with named tensors added to, or replaced in, the memory."""
        return replace(self, memory=self.memory | tensors)

    def training_indices(self) -> Int[Tensor, "m"]:
        """Which of (initial objects, then queries) form the training set now, oldest first.

        A method that selects its own training set keeps it in `memory["training"]`; otherwise
        it is every initial object outside the validation split and every valid query.
        """
        if "training" in self.memory:
            return self.memory["training"]
        initial = torch.as_tensor(np.flatnonzero(~self.task.validation))
        queries = torch.nonzero(~torch.isnan(self.y)).flatten() + len(self.task.x)
        return torch.cat([initial, queries])

    def training_data(self) -> tuple[list, Float[np.ndarray, "m"]]:
        """Objects and scores of the training set."""
        everything = self.task.x + self.x
        scores = np.concatenate([self.task.y, self.y.numpy()])
        indices = self.training_indices().numpy()
        return [everything[i] for i in indices], scores[indices]


@runtime_checkable
class Method(Protocol):
    """A way to search; a frozen dataclass whose fields are its settings and nothing else."""

    @property
    def queries_per_round(self) -> int:
        """Queries of one round; a history's `round` is query // queries_per_round."""
        ...

    def tell(self, state: State, generator: torch.Generator) -> State:
        """Digest all that was told so far; called before every `ask`, also before the first."""
        ...

    def ask(self, state: State, generator: torch.Generator) -> Float[Tensor, "q d"] | list[Object]:
        """Offer latent points, float64; or, without the model, objects; none ends the run."""
        ...
