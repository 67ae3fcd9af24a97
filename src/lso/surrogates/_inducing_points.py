"""Where the inducing points of a sparse Gaussian process start."""

import warnings

import numpy as np
import torch
from jaxtyping import Float
from sklearn.cluster import MiniBatchKMeans
from sklearn.exceptions import ConvergenceWarning
from torch import Tensor


def choose_inducing_points(
    x: Float[Tensor, "n d"], number: int, starts: int, generator: torch.Generator
) -> Float[Tensor, "m d"]:
    """Centres of a minibatch KMeans, or all distinct points where there are not more.

    Source: the authors' released code of tripp2020.

    Args:
        x: data.
        number: of centres, at most.
        starts: initialisations tried by KMeans.
        generator: source of its seed.
    """
    distinct = torch.unique(x, dim=0)
    if len(distinct) <= number:
        return distinct
    means = MiniBatchKMeans(
        number,
        batch_size=min(10_000, len(x)),
        n_init=starts,
        random_state=int(torch.randint(2**31, (), generator=generator)),
    )
    with warnings.catch_warnings():  # clusters left empty cost a centre, not the fit
        warnings.simplefilter("ignore", ConvergenceWarning)
        centres = means.fit(x.cpu().numpy()).cluster_centers_
    return torch.as_tensor(np.ascontiguousarray(centres)).to(x)
