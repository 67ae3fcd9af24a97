"""Lines, and the sampler of singular vectors."""

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from lso.geometry.subspace import (
    Line,
    complement_direction,
    draw_direction,
    draw_subspace,
    mean_distance,
)

VALUES = torch.tensor([4.0, 2.0, 1.0, 0.0], dtype=torch.float64)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_first_draws_follow_the_singular_values():
    g, everything = generator(), torch.ones(4, dtype=torch.bool)
    draws = [draw_direction(VALUES, everything, g) for _ in range(4000)]
    counts = np.bincount(draws, minlength=4)
    weights = VALUES.numpy() + 1e-6
    assert counts[3] <= 1
    assert chisquare(counts[:3], 4000 * weights[:3] / weights[:3].sum()).pvalue > 1e-3


@pytest.mark.parametrize("weighting", ["importance", "uniform", "largest"])
def test_every_direction_comes_once_per_cycle(weighting):
    g, unused, order = generator(), torch.ones(4, dtype=torch.bool), []
    while unused.any():
        order.append(draw_direction(VALUES, unused, g, weighting))
        unused[order[-1]] = False
    assert sorted(order) == [0, 1, 2, 3]
    if weighting == "largest":
        assert order == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="all directions are used"):
        draw_direction(VALUES, unused, g)


def test_a_zero_jacobian_leaves_all_directions_drawable():
    g, everything = generator(), torch.ones(3, dtype=torch.bool)
    drawn = {draw_direction(torch.zeros(3).double(), everything, g) for _ in range(50)}
    assert drawn == {0, 1, 2}
    assert sorted(draw_subspace(torch.zeros(3).double(), 3, g).tolist()) == [0, 1, 2]


def test_subspace_draws_distinct_directions():
    chosen = draw_subspace(torch.rand(10).double(), 6, generator())
    assert len(set(chosen.tolist())) == 6


def test_positions_and_points_invert_each_other():
    centre = torch.randn(5, generator=generator(), dtype=torch.float64)
    line = Line(centre, torch.eye(5, dtype=torch.float64)[2], 1.5)
    t = np.array([0.0, 0.25, 0.5, 1.0])
    points = line.points(t)
    assert torch.equal(points[2], centre)
    assert torch.linalg.vector_norm(points[3] - points[0]) == pytest.approx(3.0)
    assert [line.position(z) for z in points] == pytest.approx(t.tolist())


def test_line_between_points_and_a_point():
    a, b = torch.zeros(3).double(), torch.ones(3).double()
    assert torch.allclose(Line.between(a, b).points(np.array([0.0, 1.0])), torch.stack([a, b]))
    point = Line.between(a, a)
    assert torch.equal(point.points(np.array([0.3]))[0], a)
    assert point.position(a) == 0.5


def test_mean_distance_of_pairs():
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0], [1.0, 2.0]])
    assert mean_distance(points) == pytest.approx(3.0)


def test_complement_is_outside_the_row_space():
    rows = torch.linalg.qr(torch.randn(6, 3, generator=generator(), dtype=torch.float64)).Q.T
    extra = complement_direction(rows, generator(1))
    assert torch.linalg.vector_norm(extra) == pytest.approx(1.0)
    assert (rows @ extra).abs().max() < 1e-14
    assert complement_direction(torch.eye(3).double(), generator()) is None
