"""Spectra and strips are those of the runs they explain."""

import numpy as np
import pytest
import torch

from lso.decoder_probes import decode_sliders, measure_spectrum
from lso.interfaces import State, Task
from lso.methods.subspace_search import SubspaceSearch
from lso.models.image_generator import ImageGenerator
from lso.models.quadratic_forms import QuadraticForms
from lso.objectives.ink import Ink
from lso.optimisation import optimise
from lso.representations.float_vector import FloatVector
from lso.representations.grey_image import GreyImage
from lso.users.line_oracle import LineOracle

IMAGES = ImageGenerator(GreyImage(28), latent_dim=4, channels=1)


def test_the_leak_shows_in_the_alignment():
    frame = measure_spectrum(QuadraticForms(FloatVector(256), 16, 0), 0)
    assert frame.alignment[0] > 0.99
    assert (frame.alignment**2).sum() == pytest.approx(1)
    assert frame.singular_value.is_monotonic_decreasing


def test_spectrum_is_that_of_the_run_of_this_seed():
    task = Task([], np.empty(0), np.empty(0, dtype=bool), Ink())
    method, state = SubspaceSearch(user=LineOracle(3)), State.initial(task, IMAGES)
    *_, (state, _) = optimise(method, state, 2, 2, seed=5)
    frame = measure_spectrum(IMAGES, 5)
    assert np.array_equal(frame.singular_value, state.memory["singular_values"].numpy())
    assert frame.alignment.isna().all()


def test_sliders_share_their_middle_and_differ_at_the_ends():
    frame = decode_sliders(IMAGES, 1, [1, 3], 5)
    assert frame.groupby("rank").size().tolist() == [5, 5]
    assert frame[frame.position == 0.5].x.nunique() == 1
    assert frame[frame["rank"] == 1].x.nunique() > 1
    before = torch.random.get_rng_state()
    assert decode_sliders(IMAGES, 1, [1, 3], 5).equals(frame)
    assert torch.equal(before, torch.random.get_rng_state())
    with pytest.raises(ValueError, match="rank 9: the Jacobian has 4"):
        decode_sliders(IMAGES, 1, [9], 5)
