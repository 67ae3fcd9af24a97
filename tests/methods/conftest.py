"""A model whose objects are their own latent points, and a task for it."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from lso.interfaces import State, Task


@dataclass(frozen=True)
class Words:
    """Every object can be represented."""

    def arrays(self, objects):
        return np.array([[float(part) for part in item.split()] for item in objects])

    def can_represent(self, item):
        return True


class Identity(torch.nn.Module):
    """Objects are latent points in words; points far from the origin are invalid."""

    latent_dim = 2
    representation = Words()

    def logits(self, z):
        return z * torch.tensor([1.0, 3.0]).to(z)

    def encode(self, objects):
        return torch.tensor(self.representation.arrays(objects)).double()

    def decode(self, z, generator):
        return [
            None if point.norm() > 3 else " ".join(repr(float(value)) for value in point)
            for point in z
        ]


def score(objects):
    z = np.array([[float(part) for part in item.split()] for item in objects])
    return -np.sum((z - 1.5) ** 2, axis=1)


def initial_state(n=60):
    z = torch.randn(n, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = Identity().decode(0.5 * z, None)
    return State.initial(Task(x, score(x), np.arange(n) % 6 == 0, score), Identity())


@pytest.fixture
def state():
    return initial_state()
