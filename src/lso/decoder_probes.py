"""What the sliders of a decoder would show: its spectrum, and frames along singular vectors."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from lso.geometry.spectrum import spectrum
from lso.geometry.subspace import Line
from lso.methods._line import half_length_of
from lso.optimisation import generator_for
from lso.prior import draw_prior

SHARE = 0.2  # half-length of a slider over the mean latent distance, chiu2020


def measure_spectrum(model: Any, seed: int) -> pd.DataFrame:
    """Singular values of the Jacobian at the start of a case.

    Args:
        model: whose Jacobian.
        seed: of the case; the start is that of the runs of this seed.

    Returns:
        Columns rank (from 1, the largest first), singular_value, alignment (|cos| of the singular
        vector with the way to the optimum, in [0, 1]; NaN where no optimum is known).
    """
    generator = generator_for(seed, 0)
    start = start_of_case(model, generator)
    values, directions = spectrum(model, start, "exact", 0, generator)
    alignment = torch.full_like(values, torch.nan)
    if hasattr(model, "optimum"):
        way = torch.nn.functional.normalize(model.optimum - start, dim=0)
        alignment = (directions @ way).abs()
    return pd.DataFrame(
        {
            "rank": np.arange(1, len(values) + 1),
            "singular_value": values.numpy(),
            "alignment": alignment.numpy(),
        }
    )


def decode_sliders(model: Any, seed: int, ranks: Sequence[int], positions: int) -> pd.DataFrame:
    """Frames of the sliders along some singular vectors through a draw from the prior.

    Args:
        model: what decodes.
        seed: of the draw.
        ranks: which singular vectors, from 1.
        positions: frames of a slider, from end to end.

    Returns:
        Columns rank, singular_value, position (in [0, 1]), x (null where invalid).

    Raises:
        ValueError: the Jacobian has fewer singular vectors than the largest rank.
    """
    generator = generator_for(seed, 0)
    start = start_of_case(model, generator)
    values, directions = spectrum(model, start, "exact", 0, generator)
    if max(ranks) > len(values):
        raise ValueError(f"rank {max(ranks)}: the Jacobian has {len(values)} singular vectors")
    half_length = half_length_of(model, SHARE, generator)
    t = np.linspace(0, 1, positions)
    strips = []
    for rank in ranks:
        line = Line(start, directions[rank - 1], half_length)
        x = model.decode(line.points(t), generator)
        value = float(values[rank - 1])
        strips.append(pd.DataFrame({"rank": rank, "singular_value": value, "position": t, "x": x}))
    return pd.concat(strips, ignore_index=True)


def start_of_case(model: Any, generator: torch.Generator) -> Float[Tensor, "d"]:
    """The model's own start, else the first draw of a run from the prior."""
    if hasattr(model, "start_point"):
        return model.start_point
    return draw_prior(model, 1, generator)[0]
