import numpy as np
import pytest
import torch

from lso.components import build
from lso.detection import Latents
from lso.models.recurrent import Recurrent
from lso.representations.tokens import Tokens
from lso.score_gradients import compare_gradients

ENTRIES = {
    "LES": {"kind": "exploration_score"},
    "detached": {"kind": "exploration_score", "arithmetic": "detached"},
    "released": {"kind": "exploration_score", "arithmetic": "released", "dropout": True},
    "prior": {"kind": "prior"},
}
DISTANCES = {"prior": {"kind": "prior"}, "near": {"kind": "training_distance", "neighbours": 1}}
N = 9
Z = torch.randn(N, 3, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
Z[0] = 0.0  # where the prior has no direction


def compare(entries, reference):
    model = Recurrent(Tokens("expression", 9, tuple("x+()123*/sinep ")), 3).eval()
    scores = {name: build("latent_scores", entry) for name, entry in entries.items()}
    generator = torch.Generator().manual_seed(0)
    return compare_gradients(model, Latents(Z, Z[:1]), scores, reference, generator)


def test_every_gradient_is_compared_with_the_reference_and_repeats():
    table = compare(ENTRIES, "LES")
    assert table.groupby("score").size().to_dict() == dict.fromkeys(ENTRIES, N)
    by_score = dict(list(table.groupby("score")))
    exact, detached = by_score["LES"], by_score["detached"]
    np.testing.assert_allclose(exact.cosine, 1)
    np.testing.assert_allclose(exact.norm_ratio, 1)
    np.testing.assert_allclose(detached.value, exact.value)  # they differ in the gradient
    assert detached.cosine.between(-1, 0.999).any()
    seconds = ["seconds", "gradient_seconds"]
    assert (table[seconds] >= 0).all(axis=None)
    assert by_score["prior"].cosine.isna().tolist() == [True] + [False] * (N - 1)
    again = compare(ENTRIES, "LES")
    assert table.drop(columns=seconds).equals(again.drop(columns=seconds))


def test_directions_and_lengths_are_those_of_the_gradients():
    table = compare(DISTANCES, "prior").set_index("score").loc["near"].iloc[1:]
    lengths = Z[1:].norm(dim=1)  # the reference is the origin: gradients are -z / |z| and -2 z
    np.testing.assert_allclose(table.value, -lengths)
    np.testing.assert_allclose(table.cosine, 1)
    np.testing.assert_allclose(table.norm_ratio, 1 / (2 * lengths))


def test_an_unknown_reference_is_named():
    with pytest.raises(ValueError, match="no score 'les'; known: prior, near"):
        compare(DISTANCES, "les")
