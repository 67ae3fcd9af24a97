import pytest
import torch

from lso.latent_scores import Certainty, Prior
from lso.score_terms import Limit, Penalty, encoded_objects


def points(n=200):
    return torch.randn(n, 3, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def test_penalty_is_standardised_on_the_reference():
    penalty, generator = Penalty(Prior(), points=200), torch.Generator()
    calibration = penalty.calibrate(None, points(), generator)
    values = penalty.bind(None, points(), calibration, generator)(points())
    assert float(values.mean()) == pytest.approx(0, abs=1e-12)
    assert float(values.std()) == pytest.approx(1)


def test_limit_leaves_out_its_share_of_the_reference():
    limit, generator = Limit(Prior(), quantile=0.1, points=200), torch.Generator()
    calibration = limit.calibrate(None, points(), generator)
    margin = limit.bind(None, points(), calibration, generator)(points())
    assert float((margin < 0).double().mean()) == pytest.approx(0.1, abs=0.01)
    assert limit.bind(None, points(), calibration, generator)(torch.full((1, 3), 9.0)) < 0


def test_bad_input():
    same, generator = torch.ones(10, 3).double(), torch.Generator()
    with pytest.raises(ValueError, match="at every training object"):
        Penalty(Prior()).calibrate(None, same, generator)
    with pytest.raises(ValueError, match="not finite at 10 objects"):
        Limit(Prior()).calibrate(None, same * torch.nan, generator)
    for weight in (0.0, float("inf"), float("nan")):
        with pytest.raises(ValueError, match="weight must be finite and > 0"):
            Penalty(Prior(), weight=weight)
    with pytest.raises(ValueError, match="points must be >= 2"):
        Penalty(Prior(), points=1)
    with pytest.raises(ValueError, match=r"quantile must be in \[0, 1\)"):
        Limit(Prior(), quantile=1.0)


def test_uncertainty_by_dropout_needs_dropout():
    with pytest.raises(ValueError, match="dropout layers, came one without"):
        Certainty().bind(torch.nn.Linear(3, 6), points(), torch.Generator())


def test_a_task_without_data_has_no_reference():
    class Empty:
        def training_data(self):
            return [], []

    with pytest.raises(ValueError, match="the task has none"):
        encoded_objects(Empty(), 5, torch.Generator())
