"""Utilities from choices: derivatives, the mode, and BoTorch's process beside it."""

import numpy as np
import pytest
import torch
from botorch.models.likelihoods.pairwise import PairwiseLogitLikelihood
from botorch.models.pairwise_gp import PairwiseGP

from lso.surrogates.pairwise_preference import PairwisePreference
from lso.surrogates.preference import (
    Preference,
    likelihood_derivatives,
    log_likelihood,
    most_probable,
)

CHOICES = torch.tensor([[0, 1, 2], [3, 0, 4], [5, 3, -1]])


def utilities() -> torch.Tensor:
    return 0.02 * torch.randn(6, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def points() -> torch.Tensor:
    return torch.rand(6, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64)


def test_likelihood_derivatives_equal_finite_differences():
    f, h = utilities(), 1e-7
    gradient, hessian = likelihood_derivatives(f, CHOICES, 0.01)
    for i, e in enumerate(torch.eye(6, dtype=torch.float64) * h):
        up, down = (log_likelihood(f + s * e, CHOICES, 0.01) for s in (1, -1))
        assert gradient[i] == pytest.approx(float(up - down) / (2 * h), abs=1e-4)
        up, down = (likelihood_derivatives(f + s * e, CHOICES, 0.01)[0] for s in (1, -1))
        assert torch.allclose(-(up - down) / (2 * h), hessian[i], atol=1e-2)
    assert torch.linalg.eigvalsh(hessian).min() > -1e-9


def test_likelihood_survives_extreme_utilities():
    f = torch.tensor([1000.0, -1000, 0, 0, 0, 0], dtype=torch.float64)
    assert torch.isfinite(log_likelihood(f, CHOICES, 0.01))


def test_newton_finds_the_mode():
    inverse = torch.linalg.inv(torch.eye(6).double() + 0.3)
    f = most_probable(inverse, CHOICES, 0.01, torch.zeros(6).double())
    gradient, _ = likelihood_derivatives(f, CHOICES, 0.01)
    assert (gradient - inverse @ f).abs().max() < 1e-4


@pytest.mark.parametrize(
    "surrogate", [Preference(), Preference(iterations=0), PairwisePreference()]
)
def test_chosen_points_are_preferred_and_the_prior_returns_far_away(surrogate):
    posterior = surrogate.fit(points(), CHOICES)
    f = posterior.values
    assert f[0] > f[1]
    assert f[3] > f[0] > f[2]
    assert f[5] > f[3]
    mean, deviation = posterior.predict(torch.full((1, 2), 50.0, dtype=torch.float64))
    assert mean.abs().max() < 1e-9
    assert torch.allclose(deviation**2, posterior.amplitude)


def test_hyper_parameters_reach_a_stationary_point():
    posterior = Preference(iterations=100).fit(points(), CHOICES)
    again = Preference(iterations=200).fit(points(), CHOICES)
    assert torch.allclose(posterior.lengths, again.lengths, rtol=1e-2)


def test_pairwise_matrices_predict_like_the_process(monkeypatch):
    # BoTorch perturbs where its solver starts
    monkeypatch.setattr(np.random, "standard_normal", np.zeros)
    surrogate = PairwisePreference()
    pairs = torch.tensor([[0, 1], [3, 0], [5, 3], [0, 2], [3, 4]])
    process = PairwiseGP(
        points(),
        pairs,
        likelihood=PairwiseLogitLikelihood(),
        covar_module=surrogate._kernel(2),
        consolidate_atol=0.0,
    ).eval()
    u = torch.rand(4, 2, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    expected = process.posterior(u[:, None])
    mean, deviation = surrogate.fit(points(), CHOICES).predict(u)
    assert torch.allclose(mean, expected.mean.flatten(), rtol=1e-3)
    assert torch.allclose(deviation**2, expected.variance.flatten(), rtol=1e-2)


def test_wrong_settings_are_told():
    with pytest.raises(ValueError, match="choice_scale"):
        Preference(choice_scale=0.0)
    with pytest.raises(ValueError, match="iterations"):
        PairwisePreference(iterations=-1)


def test_pairwise_fit_ignores_and_keeps_the_global_generator():
    utilities = []
    for seed in (1, 2):
        np.random.seed(seed)  # noqa: NPY002
        expected = np.random.get_state()[1].copy()  # noqa: NPY002
        utilities.append(PairwisePreference().fit(points(), CHOICES).values)
        assert (np.random.get_state()[1] == expected).all()  # noqa: NPY002
    assert torch.equal(*utilities)
