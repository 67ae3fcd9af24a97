"""Expected improvement against its integral, and the search for its maximum."""

import pytest
import torch

from lso.surrogates.acquisition import ExpectedImprovement, maximise


def bowl(z):
    """Predict a mean that is largest at 0.3, and a variance."""
    return -(z - 0.3).square().sum(1), 0.1 + 0.05 * z.square().sum(1)


def box(half_width, d=2):
    bound = torch.full((d,), half_width).double()
    return torch.stack([-bound, bound])


def points(n, d=2, scale=1.0):
    generator = torch.Generator().manual_seed(0)
    return scale * torch.randn(n, d, generator=generator, dtype=torch.float64)


def test_expected_improvement_equals_monte_carlo():
    z = points(5)
    mean, variance = bowl(z)
    draws = mean + variance.sqrt() * points(200_000, 1)
    expected = (draws + 0.2).clamp_min(0).mean(0)
    value = ExpectedImprovement(bowl, threshold=-0.2, logarithm=False)(z)
    torch.testing.assert_close(value, expected, rtol=0.05, atol=2e-3)


def test_logarithm_agrees_and_does_not_underflow():
    z = points(5)
    plain = ExpectedImprovement(bowl, 0.0, logarithm=False)
    torch.testing.assert_close(ExpectedImprovement(bowl, 0.0)(z), plain(z).log())
    far = torch.full((1, 2), 50.0).double().requires_grad_(True)
    ExpectedImprovement(bowl, 1e4)(far).sum().backward()
    assert far.grad.isfinite().all()
    assert far.grad.abs().max() > 0


@pytest.mark.parametrize("logarithm", [True, False])
def test_gradient_equals_finite_differences(logarithm):
    z = points(4).requires_grad_(True)
    assert torch.autograd.gradcheck(ExpectedImprovement(bowl, -0.5, logarithm), z)


def test_search_finds_the_maximum_and_respects_the_box():
    starts = points(20)
    found = maximise(lambda z: -(z - 0.3).square().sum(1), starts, box(2.0))
    torch.testing.assert_close(found, torch.full((2,), 0.3).double(), rtol=0, atol=1e-4)
    found = maximise(lambda z: z.sum(1), starts, box(0.5))
    torch.testing.assert_close(found, torch.full((2,), 0.5).double())


def test_a_penalty_is_added_by_adding_values():
    improvement = ExpectedImprovement(bowl, -0.2)
    found = maximise(lambda z: improvement(z) - 1e6 * (z - 1).square().sum(1), points(5), box(2.0))
    torch.testing.assert_close(found, torch.ones(2).double(), rtol=0, atol=1e-3)


def test_more_successes_never_find_less():
    def waves(z):
        return torch.sin(5 * z).sum(1) - 0.1 * z.square().sum(1)

    one, all_of_them = (maximise(waves, points(20, scale=2), box(4.0), n) for n in (1, 20))
    assert waves(all_of_them[None]) >= waves(one[None])


def test_a_search_ends_when_its_evaluations_are_used_up():
    calls = []

    def valley(z):  # long and bent: Rosenbrock's
        calls.append(len(z))
        return -(100 * (z[:, 1] - z[:, 0] ** 2).square() + (1 - z[:, 0]).square())

    start = torch.tensor([[-1.2, 1.0], [1.0, 1.0]]).double()
    found = maximise(valley, start, box(4.0), evaluations=10)
    assert 10 <= len(calls) <= 30  # it ends with a line search, and the second start is not tried
    assert valley(start[:1]) < valley(found[None]) < -1e-3
    assert maximise(valley, start[:1], box(4.0)).sub(1).abs().max() < 1e-2


def test_plateau_does_not_count_as_success():
    def hill(z):  # flat but near the origin
        return (1 - z.square().sum(1)).clamp_min(0)

    starts = torch.tensor([[3.0, 3.0], [-3.0, 2.0], [0.5, 0.5]]).double()
    assert maximise(hill, starts, box(4.0)).norm() < 1e-3


def test_best_start_is_returned_where_every_search_fails():
    starts = torch.tensor([[0.1, 0.0], [0.9, 0.0], [0.3, 0.0]]).double()
    flat = maximise(lambda z: z.sum(1) * 0 + z[:, 0].detach(), starts, box(4.0))
    assert torch.equal(flat, starts[1])


def test_no_starts_and_an_empty_box_fail_in_words():
    for starts, bound in ((points(0), 1.0), (points(3), 0.0)):
        with pytest.raises(ValueError, match="starts and a positive side"):
            maximise(lambda z: z.sum(1), starts, box(bound))
