"""Decoders of a few lines, as a user may bring them."""

import pytest
import torch
from torch import nn


class Relu(nn.Module):
    def __init__(self, d, length, v):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(d, 24), nn.ReLU(), nn.Linear(24, length * v))
        self.shape = (length, v)

    def forward(self, z):
        return self.layers(z).unflatten(1, self.shape)


class Recurrent(nn.Module):
    def __init__(self, d, length, v, layers=nn.GRU):
        super().__init__()
        self.project, self.layers = nn.Linear(d, 12), layers(12, 12, batch_first=True)
        self.out, self.length = nn.Linear(12, v), length

    def forward(self, z):
        inputs = self.project(z)[:, None].expand(-1, self.length, -1)
        return 3 * self.out(self.layers(inputs)[0])


class Attention(nn.Module):
    def __init__(self, d, length, v):
        super().__init__()
        self.project, self.out = nn.Linear(d, 12), nn.Linear(12, v)
        self.layer = nn.TransformerDecoderLayer(12, 2, 24, batch_first=True)
        self.positions = nn.Parameter(torch.randn(length, 12))

    def forward(self, z):
        memory = self.project(z)[:, None].expand(-1, len(self.positions), -1)
        return self.out(self.layer(self.positions.expand(len(z), -1, -1) + memory, memory))


KINDS = {
    "relu": Relu,
    "gru": Recurrent,
    "lstm": lambda *shape: Recurrent(*shape, layers=nn.LSTM),
    "attention": Attention,
}


@pytest.fixture
def make_decoder():
    def make(kind, d=4, length=5, v=6, seed=0):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return KINDS[kind](d, length, v).double().eval()

    return make


@pytest.fixture
def generator():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def z(generator):
    return torch.randn(3, 4, generator=generator, dtype=torch.float64)
