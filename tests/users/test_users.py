"""Oracles and simulated users on lines whose best position is known."""

import numpy as np
import pytest
import torch

from lso.users._slider import Slider
from lso.users.hill_climber import HillClimber, bisect_interval, climb
from lso.users.line_oracle import LineOracle
from lso.users.simulated_user import SimulatedUser

EVERY_USER = [
    LineOracle(101),
    HillClimber(101),
    HillClimber(101, faithful=True),
    SimulatedUser(),
    SimulatedUser(climbs=True),
    SimulatedUser(resolution=11, perception=0.1, hand=0.02, inertia=0.01, lapse=0.1),
]


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def peak(at: float, scale: float = 1.0):
    return lambda t: -scale * np.abs(t - at)


@pytest.mark.parametrize("user", EVERY_USER[:2] + EVERY_USER[3:5], ids=str)
@pytest.mark.parametrize("handle", [0.0, 0.5])
def test_users_without_error_find_the_only_peak(user, handle):
    choice = user.choose(Slider(peak(0.7), handle), generator())
    assert choice.position == pytest.approx(0.7, abs=0.011)
    assert 0 < choice.shown <= 101


@pytest.mark.parametrize("user", EVERY_USER, ids=str)
def test_same_generator_same_choice_and_a_position_on_the_line(user):
    slider = Slider(peak(0.9))
    first, second = (user.choose(slider, generator(3)) for _ in range(2))
    assert first == second
    assert 0 <= first.position <= 1


@pytest.mark.parametrize("user", EVERY_USER[:5], ids=str)
def test_all_invalid_leaves_the_handle(user):
    look = lambda t: np.full(len(t), -np.inf)  # noqa: E731
    assert user.choose(Slider(look), generator()).position == 0.5


def test_the_oracle_crosses_valleys_and_the_climber_does_not():
    look = lambda t: np.maximum(-np.abs(t - 0.6), 1 - 10 * np.abs(t - 0.1))  # noqa: E731
    assert LineOracle(101).choose(Slider(look), generator()).position == pytest.approx(0.1)
    assert HillClimber(101).choose(Slider(look), generator()).position == pytest.approx(0.6)
    climbing = SimulatedUser(climbs=True)
    assert climbing.choose(Slider(look), generator()).position == pytest.approx(0.6)


def test_climbing_ignores_rounding():
    u = np.array([0.0, 1.0, 2.0, 2.0 - 1e-12, 3.0, 0.0])
    assert climb(u, 1) == 4
    assert climb(u, 5) == 4


def test_bisection_never_falls_below_the_centre():
    rng = np.random.default_rng(0)
    for _ in range(50):
        u = rng.normal(size=51).cumsum()
        assert u[bisect_interval(u, 25)] >= u[25]


def test_inertia_is_in_units_of_the_start():
    keeps = SimulatedUser(inertia=0.1)
    assert keeps.choose(Slider(peak(0.7), scale=4.0), generator()).position == 0.5
    assert keeps.choose(Slider(peak(0.7), scale=1.0), generator()).position != 0.5


def test_perception_chooses_by_softmax():
    look = lambda t: np.where(t == 1.0, np.log(3.0), 0.0)  # noqa: E731
    user = SimulatedUser(resolution=3, perception=1.0)
    ends = [user.choose(Slider(look), generator(i)).position for i in range(1000)]
    assert np.mean(np.array(ends) == 1.0) == pytest.approx(0.6, abs=0.05)


def test_hand_and_lapse_displace():
    shaky = SimulatedUser(hand=0.03)
    found = [shaky.choose(Slider(peak(0.7)), generator(i)).position for i in range(300)]
    assert np.std(found) == pytest.approx(0.03, rel=0.2)
    absent = SimulatedUser(lapse=1.0)
    assert len({absent.choose(Slider(peak(0.7)), generator(i)).position for i in range(50)}) > 20


def test_patience_ends_the_search():
    user = SimulatedUser(patience=3)
    assert user.choose(Slider(peak(0.7), idle=2), generator()).shown == 101
    stopped = user.choose(Slider(peak(0.7), idle=3), generator())
    assert (stopped.position, stopped.shown) == (0.5, 0)


def test_wrong_settings_are_told():
    with pytest.raises(ValueError, match="odd"):
        LineOracle(10)
    with pytest.raises(ValueError, match="lapse"):
        SimulatedUser(lapse=1.5)
    with pytest.raises(ValueError, match="hand must be >= 0"):
        SimulatedUser(hand=-1.0)
