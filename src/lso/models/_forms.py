"""Stacks of m symmetric forms A_i (d, d), stored densely or by structured rotations."""

from abc import ABC, abstractmethod

import torch
from jaxtyping import Float
from torch import Tensor


class Forms(torch.nn.Module, ABC):
    """A_1, ..., A_m; all arithmetic but that of a float32 stack is in float64."""

    @abstractmethod
    def products(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """A_i u for every form and vector, in one pass over the forms."""

    @abstractmethod
    def bilinear(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k k m"]:
        """uᵀ A_i w for every form and pair of vectors, in one pass over the forms."""

    def values(self, vectors: Float[Tensor, "n d"]) -> Float[Tensor, "n m"]:
        """uᵀ A_i u for every vector; n passes over the forms, never more than one in memory."""
        return torch.cat([self.bilinear(u[None])[0] for u in vectors])


class DenseForms(Forms):
    """The stack itself: m d² numbers, 2.1 GB in float64 or 1.1 GB in float32 at d = 512."""

    stack: Float[Tensor, "m d d"]

    def __init__(self, stack: Float[Tensor, "m d d"]) -> None:
        super().__init__()
        self.register_buffer("stack", stack, persistent=False)

    def products(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """One matrix product, in the precision of the stack."""
        m, d, _ = self.stack.shape
        rows = self.stack.view(m * d, d)
        products = rows @ vectors.to(self.stack.dtype).T  # (m d, k), one pass over the stack
        return products.T.reshape(len(vectors), m, d).to(torch.float64)

    def bilinear(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k k m"]:
        """Products, contracted with the vectors."""
        return torch.einsum("kd,jmd->kjm", vectors, self.products(vectors))


class RotatedForms(Forms, ABC):
    """A_i = Q_iᵀ D_i Q_i with D_i stored as a row of `diagonals`."""

    diagonals: Float[Tensor, "m d"]

    @abstractmethod
    def rotate(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """Q_i u for every form and vector."""

    @abstractmethod
    def rotate_back(self, vectors: Float[Tensor, "k m d"]) -> Float[Tensor, "k m d"]:
        """Q_iᵀ u_i for every form."""

    def products(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """Qᵀ D Q u."""
        return self.rotate_back(self.diagonals * self.rotate(vectors))

    def bilinear(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k k m"]:
        """(Q u)ᵀ D (Q w), exactly symmetric."""
        rotated = self.rotate(vectors)
        return torch.stack([(rotated * self.diagonals * w).sum(2) for w in rotated], dim=1)


class HouseholderForms(RotatedForms):
    """Q_i a product of p reflections I − 2 h hᵀ, h of unit length.

    Storage m p d instead of m d²; with Gaussian h the forms stay nearly isotropic on average,
    as with independent random rotations.
    """

    reflectors: Float[Tensor, "p m d"]

    def __init__(self, diagonals: Float[Tensor, "m d"], reflectors: Float[Tensor, "p m d"]) -> None:
        super().__init__()
        unit = reflectors / torch.linalg.vector_norm(reflectors, dim=2, keepdim=True)
        self.register_buffer("diagonals", diagonals, persistent=False)
        self.register_buffer("reflectors", unit, persistent=False)

    def rotate(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """Apply the reflections, the last first."""
        start = vectors[:, None].expand(-1, len(self.diagonals), -1)
        return self._reflect(start, self.reflectors.flip(0))

    def rotate_back(self, vectors: Float[Tensor, "k m d"]) -> Float[Tensor, "k m d"]:
        """Apply the reflections, the first first."""
        return self._reflect(vectors, self.reflectors)

    @staticmethod
    def _reflect(
        vectors: Float[Tensor, "k m d"], reflectors: Float[Tensor, "p m d"]
    ) -> Float[Tensor, "k m d"]:
        vectors = vectors.clone()
        for h in reflectors:
            along = torch.einsum("kmd,md->km", vectors, h)
            vectors.addcmul_(along[:, :, None], h[None], value=-2)
        return vectors


class SharedForms(RotatedForms):
    """All Q_i are one rotation: every A_i has the same eigenvectors."""

    basis: Float[Tensor, "d d"]

    def __init__(self, diagonals: Float[Tensor, "m d"], basis: Float[Tensor, "d d"]) -> None:
        super().__init__()
        self.register_buffer("diagonals", diagonals, persistent=False)
        self.register_buffer("basis", basis, persistent=False)

    def rotate(self, vectors: Float[Tensor, "k d"]) -> Float[Tensor, "k m d"]:
        """B u, the same for every form."""
        return (vectors @ self.basis.T)[:, None].expand(-1, len(self.diagonals), -1)

    def rotate_back(self, vectors: Float[Tensor, "k m d"]) -> Float[Tensor, "k m d"]:
        """Bᵀ u_i."""
        return vectors @ self.basis
