from itertools import pairwise

import pytest
import torch
from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
from botorch.models import SingleTaskGP
from botorch.optim import optimize_acqf

from lso.geometry.acquisition import ScoredAcquisition, ascend, ascent_path
from lso.geometry.comparison_scores import Prior
from lso.geometry.exploration_score import LatentExplorationScore


@pytest.fixture
def surrogate(generator):
    z = torch.randn(12, 4, generator=generator, dtype=torch.float64)
    return SingleTaskGP(z, z.sin().sum(1, keepdim=True))


@pytest.fixture
def bounds():
    return torch.tensor([[-3.0] * 4, [3.0] * 4], dtype=torch.float64)


def test_adds_weighted_scores(surrogate, make_decoder, z):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    score = LatentExplorationScore(make_decoder("relu"))
    both = ScoredAcquisition(acquisition, (score, 0.5), (Prior(), -2.0))
    expected = acquisition(z[:, None]) + 0.5 * score(z) - 2 * Prior()(z)
    torch.testing.assert_close(both(z[:, None]), expected)


def test_scores_of_a_joint_batch_are_averaged(surrogate, z):
    acquisition = qLogExpectedImprovement(surrogate, best_f=0.0)
    value = ScoredAcquisition(acquisition, (Prior(), 1.0))(z[None])
    torch.testing.assert_close(value, acquisition(z[None]) + Prior()(z).mean())


def test_chooses_candidates_one_after_another(surrogate, bounds):
    acquisition = qLogExpectedImprovement(surrogate, best_f=0.0)
    both = ScoredAcquisition(acquisition, (Prior(), 1.0))
    settings = {"num_restarts": 2, "raw_samples": 8, "sequential": True}
    candidates, _ = optimize_acqf(both, bounds, q=2, **settings)
    assert candidates.shape == (2, 4)
    assert both.X_pending is acquisition.X_pending is None


def test_optimises_with_botorch(surrogate, make_decoder, bounds):
    score = LatentExplorationScore(make_decoder("relu"))
    acquisition = ScoredAcquisition(LogExpectedImprovement(surrogate, 0.0), (score, 0.5))
    candidate, value = optimize_acqf(
        acquisition, bounds, q=1, num_restarts=2, raw_samples=8, options={"seed": 0, "maxiter": 20}
    )
    assert candidate.shape == (1, 4)
    grid = torch.rand(16, 1, 4, generator=torch.Generator().manual_seed(0)).double() * 6 - 3
    assert value > acquisition(grid).mean()


def test_score_of_a_large_weight_decides(surrogate, bounds):
    acquisition = ScoredAcquisition(LogExpectedImprovement(surrogate, 0.0), (Prior(), 1e6))
    candidate, _ = optimize_acqf(
        acquisition, bounds, q=1, num_restarts=2, raw_samples=8, options={"seed": 0}
    )
    assert candidate.norm() < 1e-2


def test_ascent_takes_steps_of_unit_gradients(surrogate, z):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    moved = ascend(acquisition, None, z, rate=0.1, steps=1)
    torch.testing.assert_close((moved - z).norm(dim=1), torch.full((3,), 0.1).double())
    with_prior = ascend(acquisition, Prior(), z, rate=0.1, weight=0.5, steps=1)
    expected = moved - 0.05 * z / z.norm(dim=1, keepdim=True)
    torch.testing.assert_close(with_prior, expected)


@pytest.mark.parametrize("kind", ["gru", "attention"])
def test_ascent_climbs_the_score(surrogate, make_decoder, z, kind):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    score = LatentExplorationScore(make_decoder(kind))
    assert (score(ascend(acquisition, score, z, rate=1e-3, weight=20.0)) > score(z)).all()


def test_a_path_holds_every_step_from_the_start(surrogate, z):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    path = ascent_path(acquisition, Prior(), z, rate=0.1, steps=4)
    assert torch.equal(path[0], z)
    assert torch.equal(path[-1], ascend(acquisition, Prior(), z, rate=0.1, steps=4))
    for before, after in pairwise(path):
        assert torch.equal(after, ascend(acquisition, Prior(), before, rate=0.1, steps=1))


def test_refused_steps_leave_the_point(surrogate, z):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    end = ascend(acquisition, None, z, rate=0.1, accept=lambda x: torch.arange(3) > 0)
    assert torch.equal(end[0], z[0])
    assert (end[1:] != z[1:]).any(1).all()


def test_bad_settings(surrogate, z):
    acquisition = LogExpectedImprovement(surrogate, best_f=0.0)
    with pytest.raises(ValueError, match="at least one pair"):
        ScoredAcquisition(acquisition)
    with pytest.raises(ValueError, match="positive, came 0.0 and 10"):
        ascend(acquisition, None, z, rate=0.0)
