"""One scalar shift and scale for all inputs, and one for all scores."""

from collections.abc import Mapping

import torch
from jaxtyping import Float
from torch import Tensor


def standardising(x: Float[Tensor, "n d"], y: Float[Tensor, "n"]) -> dict[str, Float[Tensor, ""]]:
    """Mean and standard deviation over all entries; constant data keep the scale 1.

    Source: the authors' released code of tripp2020.
    """
    return {
        "input_shift": x.mean(),
        "input_scale": torch.tensor(positive_variance(x)).to(x).sqrt(),
        "output_shift": y.mean(),
        "output_scale": torch.tensor(positive_variance(y)).to(y).sqrt(),
    }


def identity_scaling(x: Float[Tensor, "n d"]) -> dict[str, Float[Tensor, ""]]:
    """The scaling that leaves data as they are."""
    zero, one = torch.zeros(()).to(x), torch.ones(()).to(x)
    return {"input_shift": zero, "input_scale": one, "output_shift": zero, "output_scale": one}


def standardise(
    x: Float[Tensor, "n d"], y: Float[Tensor, "n"], scaling: Mapping[str, Tensor]
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n"]]:
    """Inputs and scores in the units of a scaling."""
    return (
        (x - scaling["input_shift"]) / scaling["input_scale"],
        (y - scaling["output_shift"]) / scaling["output_scale"],
    )


def positive_variance(values: Float[Tensor, "..."]) -> float:
    """Variance over all entries, or 1 where they are all the same up to rounding."""
    variance = values.var(correction=0).item()
    return variance if variance > 1e-12 * max(1.0, values.square().mean().item()) else 1.0
