"""Initial weights that keep the variance of a signal through ReLU layers."""

from torch import nn


def initialise(module: nn.Module) -> None:
    """N(0, 2 / terms in each output), zero biases; for `Module.apply`.

    Source: he2015.
    """
    if isinstance(module, nn.ConvTranspose2d):
        terms = module.in_channels * (module.kernel_size[0] / module.stride[0]) ** 2
    elif isinstance(module, nn.Conv2d | nn.Linear):
        terms = module.weight[0].numel()
    else:
        return
    nn.init.normal_(module.weight, std=(2 / terms) ** 0.5)
    nn.init.zeros_(module.bias)
