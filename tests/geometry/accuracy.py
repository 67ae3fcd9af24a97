"""Relative errors of LES against 50 digits, by how certain random decoders are; a table.

    PYTHONPATH=src .venv/bin/python tests/geometry/accuracy.py

Ten decoders of each kind, eight points each; the largest error where LES raises no flag, in
brackets that of the determinant of the Gram matrix, which squares the condition number.
"""

import numpy as np
import torch
from conftest import KINDS
from test_exploration_score import dense_score, precise_score
from torch import nn

from lso.geometry.exploration_score import LatentExplorationScore
from lso.geometry.jacobian import jacobian


class Sharpened(nn.Module):
    def __init__(self, decoder, factor):
        super().__init__()
        self.decoder, self.factor = decoder, factor

    def forward(self, z):
        return self.factor * self.decoder(z)


def largest_errors(kind, factor):
    """Of LES, of the Gram matrix, both where LES is not flagged; share flagged."""
    ours, squared, flagged = [], [], []
    for seed in range(10):
        torch.manual_seed(seed)
        decoder = Sharpened(KINDS[kind](4, 5, 6).double().eval(), factor).requires_grad_(False)
        z = torch.randn(8, 4, dtype=torch.float64)
        found = LatentExplorationScore(decoder).inspect(z)
        outputs, slope = jacobian(decoder, z)
        pairs = list(zip(outputs, slope, strict=True))
        exact = np.array([precise_score(o.tolist(), a.tolist()) for o, a in pairs])
        by_gram = np.array([dense_score(*pair, by_gram=True).item() for pair in pairs])
        flags = (found.is_singular | found.is_saturated).numpy()
        ours.append(np.abs(found.score.numpy() / exact - 1)[~flags])
        squared.append(np.abs(by_gram / exact - 1)[~flags])
        flagged.append(flags.mean())
    return np.concatenate(ours).max(), np.concatenate(squared).max(), np.mean(flagged)


if __name__ == "__main__":
    print("| logits times |", " | ".join(KINDS), "|")
    print("| --- |", " | ".join("---" for _ in KINDS), "|")
    for factor in (1, 10, 30, 100):
        cells = [largest_errors(kind, factor) for kind in KINDS]
        texts = [f"{ours:.0e} ({gram:.0e}); {share:.0%} flagged" for ours, gram, share in cells]
        print(f"| {factor} |", " | ".join(texts), "|")
