"""Planes through the ends of paths, on a model whose objects are their own latent points."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from lso.latent_scores import Prior
from lso.latent_slices import Plane, SliceSettings, trace_and_slice
from lso.methods.batch_bayesian_optimisation import BatchBayesianOptimisation
from lso.optimisers.ascent import Ascent
from lso.score_terms import Penalty
from lso.surrogates.exact_gaussian_process import ExactGaussianProcess

QUICK = ExactGaussianProcess(steps=8, refit_steps=2)
PLAIN = BatchBayesianOptimisation(
    surrogate=QUICK, batch_size=4, samples=16, random_points=25, optimiser=Ascent(0.05, steps=3)
)
METHODS = {"plain": PLAIN, "near": replace(PLAIN, penalty=Penalty(Prior(), weight=5.0))}
SETTINGS = SliceSettings(score=Prior(), starts=2, side=5)


def test_a_plane_holds_its_three_points():
    points = torch.randn(3, 6, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    plane = Plane.through(*points)
    u = plane.coordinates(points)
    torch.testing.assert_close(plane.points(u), points)
    torch.testing.assert_close(plane.directions @ plane.directions.T, torch.eye(2).double())
    assert torch.equal(u[0], torch.zeros(2).double())
    assert abs(u[1, 1]) < 1e-12 < u[1, 0]
    assert u[2, 1] > 0


def test_paths_share_their_starts_and_the_map_holds_them(state):
    drawn, paths = trace_and_slice(state, METHODS, SETTINGS)
    assert drawn.groupby("start").size().tolist() == [25, 25]
    assert paths.groupby(["start", "label"]).size().tolist() == [4] * 4
    starts = paths[paths.step == 0].groupby("start")
    assert (starts.x.nunique() == 1).all()
    assert np.allclose(paths[paths.step == 0][["u", "v", "distance"]], 0)
    assert np.allclose(paths.distance, 0)  # a latent space of two dimensions is one plane
    for start, part in paths.groupby("start"):
        own = drawn[drawn.start == start]
        for axis in "uv":
            assert own[axis].min() < part[axis].min() < part[axis].max() < own[axis].max()
    ends = paths[paths.step == 3].pivot(index="start", columns="label", values="score")
    assert (ends["near"] > ends["plain"]).all()  # the penalty's score
    assert (paths.y.isna() == paths.x.isna()).all()
    again, _ = trace_and_slice(state, METHODS, SETTINGS)
    assert again.equals(drawn)


def test_bad_input(state):
    with pytest.raises(ValueError, match="two methods, came plain"):
        trace_and_slice(state, {"plain": PLAIN}, SETTINGS)
    with pytest.raises(ValueError, match="a batch has 4 starts, fewer than 5"):
        trace_and_slice(state, METHODS, replace(SETTINGS, starts=5))
    with pytest.raises(ValueError, match="side >= 2 and margin >= 1, came 3, 1 and 1.5"):
        SliceSettings(score=Prior(), side=1)
