"""Regions: maps and bounds of every kind, and what a trust region learns."""

from dataclasses import replace

import pytest
import torch

from lso.regions._region import Evidence
from lso.regions.box import Box
from lso.regions.cube import Cube
from lso.regions.jacobian_subspace import JacobianSubspace
from lso.regions.random_subspace import RandomSubspace
from lso.regions.trust_region import TrustRegion

D = 4
EVERY = {
    "box": Box(),
    "cube": Cube(),
    "everything": Cube(None),
    "trust": TrustRegion(),
    "random": RandomSubspace(dimensions=2),
    "jacobian": JacobianSubspace(dimensions=2),
    "drawn": JacobianSubspace(dimensions=2, draw="importance"),
}
KINDS = pytest.mark.parametrize("region", EVERY.values(), ids=EVERY)


class Linear(torch.nn.Module):
    """Reacts to the second axis most, then to the fourth."""

    def logits(self, z):
        return z * torch.tensor([1.0, 9.0, 0.1, 5.0]).to(z)


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def evidence(**changes):
    z = torch.randn(30, D, generator=generator(), dtype=torch.float64)
    given = {
        "model": Linear(),
        "z": z,
        "y": -z.square().sum(1),
        "first_best": 0.0,
        "told": torch.empty(0).double(),
        "batch_size": 2,
        "shift": torch.tensor(0.3).double(),
        "scale": torch.tensor(2.0).double(),
    }
    return Evidence(**(given | changes))


@KINDS
def test_coordinates_and_points_are_inverse_and_directions_orthonormal(region):
    chart = region.chart(evidence(), generator(1))
    k = len(chart.directions)
    assert torch.allclose(chart.directions @ chart.directions.T, torch.eye(k).double())
    u = chart.clamp(torch.randn(7, k, generator=generator(2), dtype=torch.float64))
    assert (u >= chart.bounds[0]).all()
    assert (u <= chart.bounds[1]).all()
    assert torch.allclose(chart.coordinates(chart.points(u)), u)
    again = region.chart(evidence(), generator(1))
    assert torch.equal(again.points(u), chart.points(u))


@KINDS
def test_the_best_point_is_within(region):
    known = evidence()
    chart = region.chart(known, generator())
    u = chart.clamp(chart.coordinates(known.incumbent))
    assert torch.allclose(chart.points(u), known.incumbent)


def test_box_holds_the_quantile_of_the_data():
    known = evidence()
    points = (known.z - 0.3) / 2
    bound = Box(quantile=1.0, margin=1.0).chart(known, generator()).bounds[1]
    assert torch.allclose(bound, points.abs().max().expand(D))


def test_subspaces_are_those_of_the_decoder_or_random():
    known = evidence()
    axes = JacobianSubspace(dimensions=2).chart(known, generator()).directions
    assert torch.allclose(axes.abs(), torch.eye(D).double()[[1, 3]], atol=1e-6)
    drawn = [
        JacobianSubspace(dimensions=1, draw="importance").chart(known, generator(i)).directions
        for i in range(30)
    ]
    hits = torch.cat(drawn).abs().argmax(1).bincount(minlength=D)
    assert hits[1] > hits[3] > 0
    one, two = (RandomSubspace(dimensions=2).chart(known, generator(i)) for i in (1, 2))
    assert not torch.allclose(one.directions, two.directions)
    assert len(RandomSubspace(dimensions=9).chart(known, generator()).directions) == D


@pytest.mark.parametrize(
    ("told", "length"),
    [
        ([], 0.8),
        ([1.0, 0.0] * 2, 0.8),
        ([1.0, 0.0, 2.0, 0.0], 1.6),  # two rounds in a row that improve
        ([torch.nan, -1.0] * 2, 0.4),  # ⌈4 / 2⌉ failures
        ([torch.nan, -1.0] * 4, 0.2),
        ([1.0, 0.0, 1.0005, 0.0, 1.0005, 0.0], 0.4),  # too little counts as failure
    ],
)
def test_trust_follows_the_rounds(told, length):
    region = TrustRegion(successes=2)
    known = evidence(told=torch.tensor(told, dtype=torch.float64))
    assert region.trust(known).length == pytest.approx(length)
    half_side = 3 * length
    chart = region.chart(known, generator())
    expected = torch.stack([known.incumbent - half_side, known.incumbent + half_side])
    assert torch.allclose(chart.bounds, expected.clamp(-3, 3))


def test_trust_starts_anew_when_it_is_too_small():
    region = TrustRegion(failures=1, shortest=0.3)
    known = evidence(told=-torch.ones(4).double())
    assert region.trust(known).length == 0.8
    assert region.trust(replace(known, told=known.told[:2])).length == 0.4


def test_sides_follow_the_length_scales():
    known = evidence(lengthscales=torch.tensor([4.0, 1.0, 1.0, 0.25]).double())
    chart = TrustRegion(length=0.01).chart(known, generator())
    sides = chart.bounds[1] - chart.bounds[0]
    assert torch.allclose(sides, 0.06 * known.lengthscales)


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        (Box, {"quantile": 1.5}, "quantile must be between 0 and 1, got 1.5"),
        (Box, {"margin": 0.0}, "margin must be positive, got 0.0"),
        (Cube, {"half_width": -1.0}, "half_width must be positive or null, came -1.0"),
        (RandomSubspace, {"dimensions": 0}, "dimensions must be >= 1, came 0"),
        (TrustRegion, {"length": 2.0}, "shortest <= length <= longest"),
        (TrustRegion, {"failures": 0}, "failures must be >= 1, came 0"),
    ],
)
def test_bad_settings(kind, settings, message):
    with pytest.raises(ValueError, match=message):
        kind(**settings)
