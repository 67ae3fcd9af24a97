"""The synthetic decoder of the subspace-search experiments, and relatives without its leak."""

from collections.abc import Callable
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from lso.models._analytic import AnalyticDecoder
from lso.models._forms import DenseForms, Forms, HouseholderForms, SharedForms
from lso.objectives.rastrigin_goodness import draw_scales
from lso.representations.float_vector import FloatVector

# few are enough: the random diagonals alone make the forms isotropic on average
REFLECTIONS = 8


class QuadraticForms(AnalyticDecoder):
    """x_i = sqrt(dᵀ A_i d), d = z − s, A_i = Q_iᵀ D_i Q_i.

    D_i has entries α_i U(0.01, 1), s ~ U(−R/2, R/2)^d, and the start is the projection of a
    uniform point on the range of a random embedding that random-embedding methods share.

    Source: chiu2020, synthetic experiments, in the draw order of the authors' released code.
    With independent rotations the mean of the A_i is close to a multiple of the identity, so
    that the leading right singular vector of the Jacobian is the direction to the optimum: the
    answer leaks. `shared` has one rotation for all outputs and eigenvalues that decay, so that
    steep directions and the way to the optimum differ.

    Args:
        representation: of the m outputs.
        latent_dim: d.
        seed: of the case; the objective of the same seed has the same α_i.
        half_width: R.
        rotations: `dense`, Q_i from the QR decomposition of a uniform matrix, as published;
            `householder`, products of random reflections, for large d; `shared`, one Q.
        precision: of the dense stack.
        jacobian_of: `squares`, as published: the Jacobian that methods see is that of x_i²;
            `roots`: of x_i.
        decay: j-th eigenvalues of `shared` forms fall as j^(−decay).
        embedding_dim: k, of the random embedding.
        largest_scale: α_i ~ U(0.01, largest_scale).
    """

    def __init__(
        self,
        representation: FloatVector,
        latent_dim: int,
        seed: int,
        half_width: float = 2.5,
        rotations: Literal["dense", "householder", "shared"] = "dense",
        precision: Literal["float64", "float32"] = "float64",
        jacobian_of: Literal["squares", "roots"] = "squares",
        decay: float = 2.0,
        embedding_dim: int = 6,
        largest_scale: float = 10.0,
    ) -> None:
        super().__init__(representation, latent_dim, half_width)
        if decay < 0:
            raise ValueError(f"decay must be >= 0, came {decay}")
        self.jacobian_of = jacobian_of
        m, d = representation.length, latent_dim
        draws = np.random.RandomState(seed)
        scales = draws.uniform(0.01, largest_scale, m)
        if not np.array_equal(scales, draw_scales(seed, m, largest_scale)):
            raise RuntimeError("the decoder and its objective must draw the same scales")
        if rotations == "dense":
            self.forms: Forms = _dense_forms(scales, d, draws, getattr(torch, precision))
        elif rotations == "householder":
            self.forms = _householder_forms(scales, d, draws)
        else:
            self.forms = _shared_forms(scales, d, decay, draws)
        shift = draws.uniform(-half_width / 2, half_width / 2, d)
        embedding = draws.normal(size=(d, embedding_dim))
        uniform = draws.uniform(-half_width, half_width, d)
        self._keep(
            optimum=torch.from_numpy(shift),
            embedding=torch.from_numpy(embedding),
            start_point=torch.from_numpy(embedding @ (np.linalg.pinv(embedding) @ uniform)),
        )

    def outputs(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """Evaluate directly; a quadratic that rounding made negative counts as 0."""
        return self.forms.values(z - self.optimum).clamp(min=0).sqrt()

    def logits(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """What the Jacobian is taken of."""
        squares = self.forms.values(z - self.optimum)
        return squares if self.jacobian_of == "squares" else squares.clamp(min=0).sqrt()

    def jacobian(self, z: Float[Tensor, "d"]) -> Float[Tensor, "m d"]:
        """Rows 2 dᵀA_i, or dᵀA_i / x_i (0 where x_i = 0), in one pass."""
        shifted = (z - self.optimum)[None]
        rows = self.forms.products(shifted)[0]  # (m, d)
        if self.jacobian_of == "squares":
            return 2 * rows
        roots = (rows @ shifted[0]).clamp(min=0).sqrt()[:, None]
        return torch.where(roots > 0, rows / roots, 0.0)

    def along_line(
        self, centre: Float[Tensor, "d"], direction: Float[Tensor, "d"]
    ) -> Callable[[Float[Tensor, "s"]], Float[Tensor, "s m"]]:
        """Outputs on a line from three numbers each, exact.

        x_i(s)² = dᵀA_i d + 2 s dᵀA_i v + s² vᵀA_i v
        """
        pair = torch.stack([centre - self.optimum, direction])
        q = self.forms.bilinear(pair)  # (2, 2, m)
        constant, linear, square = q[0, 0], q[0, 1] + q[1, 0], q[1, 1]

        def outputs(distances: Float[Tensor, "s"]) -> Float[Tensor, "s m"]:
            s = distances[:, None]
            return torch.addcmul(constant, s, torch.addcmul(linear, s, square)).clamp_(0).sqrt_()

        return outputs


def _dense_forms(
    scales: Float[np.ndarray, "m"], d: int, draws: np.random.RandomState, dtype: torch.dtype
) -> DenseForms:
    stack = torch.empty(len(scales), d, d, dtype=dtype)
    for i, scale in enumerate(scales):
        diagonal = torch.from_numpy(scale * draws.uniform(0.01, 1, d))
        rotation = torch.linalg.qr(torch.from_numpy(draws.rand(d, d))).Q
        stack[i] = rotation.T @ (diagonal[:, None] * rotation)
    return DenseForms(stack)


def _householder_forms(
    scales: Float[np.ndarray, "m"], d: int, draws: np.random.RandomState
) -> HouseholderForms:
    diagonals = scales[:, None] * draws.uniform(0.01, 1, (len(scales), d))
    reflectors = draws.normal(size=(min(REFLECTIONS, d), len(scales), d))
    return HouseholderForms(torch.from_numpy(diagonals), torch.from_numpy(reflectors))


def _shared_forms(
    scales: Float[np.ndarray, "m"], d: int, decay: float, draws: np.random.RandomState
) -> SharedForms:
    falling = np.arange(1, d + 1) ** -decay
    diagonals = scales[:, None] * draws.uniform(0.01, 1, (len(scales), d)) * falling
    basis = torch.linalg.qr(torch.from_numpy(draws.normal(size=(d, d)))).Q
    return SharedForms(torch.from_numpy(diagonals), basis)
