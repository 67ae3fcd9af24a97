"""What a candidate is worth, and the search for the candidate that is worth most.

An acquisition is any function from (n, d) latent points to (n,) values, differentiable by
torch, so that a penalty is added to one by adding the functions' values.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from botorch.acquisition.analytic import (
    _ei_helper,
    _log_ei_helper,
)  # no public form without a model
from jaxtyping import Float
from scipy.optimize import OptimizeResult, minimize
from torch import Tensor

Prediction = Callable[[Float[Tensor, "n d"]], tuple[Float[Tensor, "n"], Float[Tensor, "n"]]]
Acquisition = Callable[[Float[Tensor, "n d"]], Float[Tensor, "n"]]


@dataclass(frozen=True)
class ExpectedImprovement:
    """Expected improvement of the noise-free objective over a threshold.

        EI(z) = σ(z) (u Φ(u) + φ(u)),   u = (μ(z) − τ) / σ(z)

    Source: jones1998, Eq. 15, for maximisation; its logarithm without underflow: ament2023.

    Args:
        predict: mean and variance of the objective under its posterior.
        threshold: τ, in the units of the objective. tripp2020 takes the 90th percentile of the
            data and not their maximum, whose improvements have vanishing gradients.
        logarithm: return log EI, which has the same maximiser and a gradient everywhere.
    """

    predict: Prediction
    threshold: float
    logarithm: bool = True

    def __call__(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """EI in units of the objective, or its natural logarithm."""
        mean, variance = self.predict(z)
        deviation = variance.sqrt()
        u = (mean - self.threshold) / deviation
        if self.logarithm:
            return _log_ei_helper(u) + deviation.log()
        return _ei_helper(u) * deviation


def maximise(
    acquisition: Acquisition,
    starts: Float[Tensor, "n d"],
    bounds: Float[Tensor, "2 d"],
    successes: int = 1,
    evaluations: int | None = None,
) -> Float[Tensor, "d"]:
    """Maximise an acquisition inside a box by L-BFGS-B from several starts.

    Starts are tried in order until so many runs succeeded; the best of these wins. A run
    succeeds if SciPy reports convergence, or that the evaluations are used up, and the run left
    its start: on a plateau it would converge where it stands. If no run succeeds, the best start
    is returned.

    Source: tripp2020, supplement, and the authors' released code, which tells a plateau by the
    text of SciPy's message instead, and fails if no run succeeds.

    Args:
        acquisition: larger is better.
        starts: where runs start, clipped to the box.
        bounds: least and largest coordinates, possibly infinite.
        successes: runs that must succeed; more find better maxima for more time.
        evaluations: after so many a run ends with its line search; None until it converges.

    Raises:
        ValueError: if there is no start or the box is empty.
    """
    side = float((bounds[1] - bounds[0]).min())
    if len(starts) == 0 or not side > 0:
        raise ValueError(f"expected starts and a positive side, got {len(starts)} and {side}")
    starts = starts.clamp(bounds[0], bounds[1])
    succeeded: list[OptimizeResult] = []
    for start in starts:
        result = minimize(
            _negative_with_gradient,
            start.cpu().numpy(),
            args=(acquisition, starts),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds.T.cpu().numpy(),
            options={} if evaluations is None else {"maxfun": evaluations},
        )
        ended = result.status == 0 or (evaluations is not None and result.nfev >= evaluations)
        if ended and result.nit > 0 and np.isfinite(result.fun):
            succeeded.append(result)
        if len(succeeded) == successes:
            break
    if succeeded:
        return torch.as_tensor(min(succeeded, key=lambda result: result.fun).x).to(starts)
    with torch.no_grad():
        return starts[acquisition(starts).nan_to_num(nan=-torch.inf).argmax()]


def _negative_with_gradient(
    point: np.ndarray, acquisition: Acquisition, like: Tensor
) -> tuple[float, np.ndarray]:
    z = torch.as_tensor(point[None]).to(like).requires_grad_(True)
    value = -acquisition(z).sum()
    (gradient,) = torch.autograd.grad(value, z)
    return value.item(), gradient.flatten().cpu().numpy()
