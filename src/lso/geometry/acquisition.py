"""Acquisition functions that also ask the decoder: added scores, and the paper's ascent."""

from collections.abc import Callable
from typing import Any

import torch
from botorch.acquisition import AcquisitionFunction
from jaxtyping import Bool, Float
from torch import Tensor

Score = Callable[[Tensor], Tensor]


class ScoredAcquisition(AcquisitionFunction):
    """a(X) + Σ_i weight_i mean_q score_i(X): any acquisition function, any scores.

    A score maps (n, d) to (n,): LES, prior, likelihood, or uncertainty with a negative weight.

    Source: ronen2024, penalised acquisition.

    Args:
        acquisition: maps (b, q, d) to (b,), in the coordinates of the surrogate.
        scores: score and weight, one or several; weights carry the units of acquisition / score.
    """

    def __init__(self, acquisition: AcquisitionFunction, *scores: tuple[Score, float]) -> None:
        super().__init__(model=acquisition.model)
        if not scores:
            raise ValueError("expected at least one pair (score, weight), came none")
        self.acquisition = acquisition
        self.scores = scores

    def forward(self, X: Float[Tensor, "*b q d"]) -> Float[Tensor, "*b"]:
        """Evaluate candidates; the name of the argument is BoTorch's."""
        value = self.acquisition(X)
        for score, weight in self.scores:
            mean = score(X.flatten(0, -2)).unflatten(0, X.shape[:-1]).mean(-1)
            value = value + weight * mean.to(value)
        return value

    @property
    def X_pending(self) -> Tensor | None:
        """Points chosen before, which `optimize_acqf(..., sequential=True)` sets and reads."""
        return self.acquisition.X_pending

    def set_X_pending(self, X_pending: Tensor | None = None) -> None:
        """Tell the acquisition function which points were chosen before; scores ignore them."""
        self.acquisition.set_X_pending(X_pending)


def ascend(
    acquisition: AcquisitionFunction, score: Score | None, z: Float[Tensor, "n d"], **settings: Any
) -> Float[Tensor, "n d"]:
    """Where `ascent_path`, which describes the arguments, ends."""
    return ascent_path(acquisition, score, z, **settings)[-1]


def ascent_path(
    acquisition: AcquisitionFunction,
    score: Score | None,
    z: Float[Tensor, "n d"],
    *,
    rate: float,
    weight: float = 0.5,
    steps: int = 10,
    accept: Callable[[Tensor], Tensor] | None = None,
    project: Callable[[Tensor], Tensor] | None = None,
) -> Float[Tensor, "s n d"]:
    """z <- z + rate (u(∇a) + weight u(∇score)), u(g) = g / ‖g‖, each point by itself.

    Source: ronen2024, inner optimiser of the released code. There A of the score stays that of
    the start points; here it is that of the present ones.

    Args:
        acquisition: maps (n, 1, d) to (n,).
        score: maps (n, d) to (n,); None for the acquisition alone.
        z: start points.
        rate: length of a step; the authors' is 0.8 (expressions), 0.003 or 0.03 (molecules).
        weight: of the score.
        steps: number of steps.
        accept: tells which proposed points (n, d) may be taken, such as those of low uncertainty;
            a point whose step is refused stays where it is.
        project: takes proposed points to where they may be, such as into a box.

    Returns:
        The points before, between and after the steps: s = steps + 1.

    Raises:
        ValueError: a rate or a number of steps that is not positive.
    """
    if not rate > 0 or steps < 1:
        raise ValueError(f"rate and steps must be positive, came {rate} and {steps}")
    z = z.detach()
    path = [z]
    for _ in range(steps):
        move = _unit_gradient(lambda x: acquisition(x[:, None]), z)
        if score is not None:
            move = move + weight * _unit_gradient(score, z)
        proposed = z + rate * move
        proposed = proposed if project is None else project(proposed)
        z = proposed if accept is None else torch.where(_accepted(accept, proposed), proposed, z)
        path.append(z)
    return torch.stack(path)


def _accepted(accept: Callable[[Tensor], Tensor], z: Tensor) -> Bool[Tensor, "n 1"]:
    with torch.no_grad():
        return accept(z)[:, None]


def _unit_gradient(function: Score, z: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
    """Gradients scaled to unit length; zero stays zero."""
    with torch.enable_grad():
        point = z.detach().requires_grad_()
        (gradient,) = torch.autograd.grad(function(point).sum(), point)
    norm = torch.linalg.vector_norm(gradient, dim=1, keepdim=True)
    return gradient / torch.where(norm > 0, norm, 1.0)
