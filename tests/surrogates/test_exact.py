"""Exact processes: one contract for both kinds, and what only a deep kernel can do."""

import pytest
import torch
from safetensors.torch import load, save

from lso.surrogates._surrogate import Posterior
from lso.surrogates.deep_kernel_gaussian_process import DeepKernelGaussianProcess
from lso.surrogates.exact_gaussian_process import ExactGaussianProcess

EVERY = {
    "exact": ExactGaussianProcess(steps=30, refit_steps=3),
    "deep": DeepKernelGaussianProcess(widths=(20, 4), steps=40, refit_steps=3),
}
KINDS = pytest.mark.parametrize("surrogate", EVERY.values(), ids=EVERY)


def data(n=40, seed=0):
    z = torch.randn(n, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
    return 2 * z + 5, 100 + 10 * z[:, 0].sin() - 3 * z[:, 1]


def fitted(surrogate):
    return surrogate.fit(*data(), torch.Generator().manual_seed(1))


@KINDS
def test_predictions_are_in_the_units_of_the_data(surrogate):
    z, y = data(20, seed=2)
    posterior = fitted(surrogate)
    assert isinstance(posterior, Posterior)
    mean, variance = posterior.predict(z)
    assert torch.corrcoef(torch.stack([mean, y]))[0, 1] > 0.8
    assert (variance > 0).all()
    shape = posterior.lengthscales
    assert shape is None or shape.shape == (3,)


@KINDS
def test_same_generator_same_posterior_and_memory_brings_it_back(surrogate):
    z, _ = data(5, seed=3)
    first, second = fitted(surrogate), fitted(surrogate)
    tensors = {name: tensor.contiguous() for name, tensor in first.tensors().items()}
    restored = surrogate.restore(load(save(tensors)))
    for other in (second, restored):
        assert torch.equal(torch.stack(first.predict(z)), torch.stack(other.predict(z)))
    assert restored.tensors().keys() == first.tensors().keys()


@KINDS
def test_one_more_point_is_believed_and_the_rest_is_kept(surrogate):
    posterior = fitted(surrogate)
    new = torch.full((1, 3), 14.0).double()
    grown = posterior.condition(new, torch.tensor([160.0]).double())
    assert grown.predict(new)[0] > posterior.predict(new)[0]
    assert torch.equal(grown.output_scale, posterior.output_scale)
    assert len(posterior.y) == 40
    refit = surrogate.refit(posterior, grown.z, grown.y)
    assert len(refit.y) == 41
    assert torch.equal(refit.input_shift, posterior.input_shift)


@KINDS
def test_gradient_equals_finite_differences(surrogate):
    posterior = fitted(surrogate)
    z = data(2, seed=4)[0].requires_grad_(True)
    assert torch.autograd.gradcheck(lambda z: posterior.predict(z)[0], z, atol=1e-4)


def test_kernel_and_network_are_fitted_together():
    quick, _ = EVERY["deep"], fitted(EVERY["deep"])
    untrained = quick.network(3, torch.Generator().manual_seed(1)).state_dict()
    trained = fitted(quick).model.input_transform.network.state_dict()
    assert not torch.equal(untrained["0.weight"], trained["0.weight"])


@KINDS
def test_bad_input(surrogate):
    z, y = data()
    generator = torch.Generator()
    with pytest.raises(ValueError, match="finite points and scores"):
        surrogate.fit(z, y * torch.nan, generator)
    with pytest.raises(ValueError, match="came 0 points"):
        surrogate.fit(z[:0], y[:0], generator)
    with pytest.raises(ValueError, match="steps must be positive, came 0"):
        type(surrogate)(steps=0)
    with pytest.raises(ValueError, match="widths must be positive"):
        DeepKernelGaussianProcess(widths=())
