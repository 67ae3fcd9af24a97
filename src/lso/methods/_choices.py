"""What sequential line search does in the unit box: collect choices, propose the next line."""

from typing import Protocol, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import minimize
from torch import Tensor
from torch.quasirandom import SobolEngine

MERGE = 1e-4  # points closer than this are one
SOBOL = 4096
STARTS = 16
STEPS = 50

Ends = tuple[Float[Tensor, "k"], Float[Tensor, "k"]]


@runtime_checkable
class Posterior(Protocol):
    """A fitted process over utilities in the unit box."""

    points: Float[Tensor, "N k"]
    values: Float[Tensor, "N"]

    def predict(self, u: Float[Tensor, "q k"]) -> tuple[Float[Tensor, "q"], Float[Tensor, "q"]]:
        """Mean and standard deviation."""
        ...


@runtime_checkable
class PreferenceSurrogate(Protocol):
    """Fits a process to choices."""

    def fit(self, points: Float[Tensor, "N k"], choices: Int[Tensor, "T 3"]) -> Posterior:
        """Fit."""
        ...


def first_ends(start: Float[Tensor, "k"], generator: torch.Generator) -> Ends:
    """Ends of the first slider, u₀ ∓ (r − u₀)/2 with r ~ U[0, 1]^k; they may leave the box.

    Source: koyama2017, as the authors' released code of chiu2020 starts it.
    """
    away = torch.rand(len(start), generator=generator, dtype=start.dtype) - start
    return start - away / 2, start + away / 2


def add_choice(
    points: Float[Tensor, "N k"],
    choices: Int[Tensor, "T 3"],
    chosen: Float[Tensor, "k"],
    ends: Ends,
) -> tuple[Float[Tensor, "M k"], Int[Tensor, "U 3"]]:
    """Add a choice; points that nearly coincide become their midpoint.

    If the chosen point is an end of the line, that end is left out (−1): the authors' code
    would enter the same point twice.
    """
    indices = []
    for u in (chosen, *ends):
        distances = torch.linalg.vector_norm(points - u, dim=1)
        if len(points) and distances.min() < MERGE:
            i = int(distances.argmin())
            points = points.index_copy(0, torch.tensor([i]), ((points[i] + u) / 2)[None])
        else:
            i = len(points)
            points = torch.cat([points, u[None]])
        indices.append(-1 if i in indices else i)
    if indices[1:] == [-1, -1]:  # a line that is a point tells nothing
        return points, choices
    return points, torch.cat([choices, torch.tensor([indices])])


def propose_ends(
    surrogate: PreferenceSurrogate,
    points: Float[Tensor, "N k"],
    choices: Int[Tensor, "T 3"],
    generator: torch.Generator,
) -> Ends:
    """From the best observed point to the largest expected improvement.  Source: koyama2017."""
    posterior = surrogate.fit(points, choices)
    best = points[posterior.values.argmax()]
    return best, maximise_improvement(posterior, best, generator)


def expected_improvement(posterior: Posterior, u: Float[Tensor, "q k"]) -> Float[Tensor, "q"]:
    """(μ − μ⁺) Φ(Z) + σ φ(Z), Z = (μ − μ⁺)/σ; μ⁺ the largest mean of an observed point."""
    with torch.no_grad():
        incumbent = posterior.predict(posterior.points)[0].max()
    return _improvement(posterior, u, incumbent)


def maximise_improvement(
    posterior: Posterior, best: Float[Tensor, "k"], generator: torch.Generator
) -> Float[Tensor, "k"]:
    """Best of L-BFGS-B runs from the best Sobol points and from beside the best point."""
    k = len(best)
    seed = int(torch.randint(2**31, (), generator=generator))
    sobol = SobolEngine(k, scramble=True, seed=seed).draw(SOBOL, dtype=torch.float64)
    noise = torch.randn(STARTS, k, generator=generator, dtype=torch.float64)
    candidates = torch.cat([sobol, (best + 0.01 * noise).clamp(0, 1)])
    with torch.no_grad():
        incumbent = posterior.predict(posterior.points)[0].max()
        starts = candidates[_improvement(posterior, candidates, incumbent).topk(STARTS).indices]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        u = torch.from_numpy(flat).view(-1, k).clone().requires_grad_()
        value = -_improvement(posterior, u, incumbent).sum()
        (gradient,) = torch.autograd.grad(value, u)
        return float(value.detach()), gradient.flatten().numpy()

    found = minimize(
        loss,
        starts.flatten().numpy(),
        jac=True,
        method="L-BFGS-B",
        bounds=[(0.0, 1.0)] * starts.numel(),
        options={"maxiter": STEPS},
    )
    ends = torch.cat([torch.from_numpy(found.x).view(-1, k), starts])
    with torch.no_grad():
        return ends[_improvement(posterior, ends, incumbent).argmax()]


def _improvement(
    posterior: Posterior, u: Float[Tensor, "q k"], incumbent: Float[Tensor, ""]
) -> Float[Tensor, "q"]:
    mean, deviation = posterior.predict(u)
    z = (mean - incumbent) / deviation
    density = torch.exp(-0.5 * z**2) / (2 * torch.pi) ** 0.5
    return (mean - incumbent) * torch.special.ndtr(z) + deviation * density
