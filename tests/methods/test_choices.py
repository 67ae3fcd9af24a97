"""Sequential line search in the unit box."""

import numpy as np
import pytest
import torch

from lso.methods._choices import add_choice, expected_improvement, first_ends, propose_ends
from lso.surrogates.pairwise_preference import PairwisePreference
from lso.surrogates.preference import Preference

EMPTY = torch.empty(0, 2, dtype=torch.float64), torch.empty(0, 3, dtype=torch.int64)


def search(surrogate, seed: int, sliders: int) -> float:
    """Error of the estimated optimum of −‖u − 0.2‖ after some sliders with an oracle."""
    g = torch.Generator().manual_seed(seed)
    (points, choices), ends = EMPTY, first_ends(torch.full((2,), 0.5).double(), g)
    for _ in range(sliders):
        u = ends[0] + torch.linspace(0, 1, 1001).double()[:, None] * (ends[1] - ends[0])
        chosen = u[torch.linalg.vector_norm(u - 0.2, dim=1).argmin()]
        points, choices = add_choice(points, choices, chosen, ends)
        ends = propose_ends(surrogate, points, choices, g)
    return float(torch.linalg.vector_norm(ends[0] - 0.2))


@pytest.mark.parametrize("surrogate", [Preference(iterations=2), PairwisePreference()])
def test_bowl_is_found(surrogate):
    assert np.median([search(surrogate, seed, 6) for seed in range(2)]) < 0.05


def test_first_slider_has_the_start_in_its_middle():
    start = torch.tensor([0.3, 0.9]).double()
    a, b = first_ends(start, torch.Generator().manual_seed(0))
    assert torch.allclose((a + b) / 2, start)


def test_close_points_merge_and_a_chosen_end_is_entered_once():
    a, b = torch.zeros(2).double(), torch.ones(2).double()
    points, choices = add_choice(*EMPTY, b, (a, b))
    assert choices.tolist() == [[0, 1, -1]]
    near = b + 5e-5
    points, choices = add_choice(points, choices, torch.full((2,), 0.5).double(), (near, a))
    assert len(points) == 3
    assert torch.allclose(points[0], (b + near) / 2)
    assert choices.tolist()[1] == [2, 0, 1]
    assert len(add_choice(points, choices, a, (a, a))[1]) == 2


def test_improvement_is_not_negative_and_vanishes_at_certain_points():
    points = torch.rand(5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    posterior = Preference().fit(points, torch.tensor([[0, 1, 2], [0, 3, 4]]))
    u = torch.rand(50, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    assert (expected_improvement(posterior, u) >= -1e-12).all()
