"""Random search draws from the prior that the model has."""

from types import SimpleNamespace

import numpy as np
import torch

from lso.interfaces import State, Task
from lso.methods.prior_sampling import PriorSampling
from lso.models.random_network import RandomNetwork
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.representations.float_vector import FloatVector


def ask(model, n: int) -> torch.Tensor:
    task = Task([], np.empty(0), np.empty(0, dtype=bool), RastriginGoodness(0, 4))
    generator = torch.Generator().manual_seed(0)
    return PriorSampling(n).ask(State.initial(task, model), generator)


def test_a_box_is_filled_and_never_left():
    z = ask(RandomNetwork(FloatVector(4), 3, 0, half_width=0.5), 400)
    assert 0.49 < z.abs().max() <= 0.5


def test_without_a_prior_of_its_own_it_is_the_normal_one():
    generator = torch.Generator().manual_seed(0)
    z = ask(SimpleNamespace(latent_dim=3), 5)
    assert torch.equal(z, torch.randn(5, 3, generator=generator, dtype=torch.float64))
