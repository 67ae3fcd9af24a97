"""The scores that the exploration score is compared with; all map (n, d) to (n,)."""

import math
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from lso.geometry._decoder import FrozenDecoder, draw_seed
from lso.geometry.exploration_score import LatentExplorationScore


class Polarity(LatentExplorationScore):
    """-½ log det(AᵀA) of the decoder's Jacobian A alone; larger is better.

    Source: ronen2024, comparison with polarity sampling. Unlike theirs, it has a gradient.

    Args:
        decoder: see `LatentExplorationScore`, as are the settings.
    """

    def __init__(self, decoder: Any, **settings: Any) -> None:
        super().__init__(decoder, link="identity", **settings)


class Prior(nn.Module):
    """-zᵀz: the log density of N(0, I) up to a factor and a constant; larger is better.

    Source: ronen2024, comparison, as in the released code.
    """

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """Score latent points."""
        return -z.square().sum(1)


class Likelihood(nn.Module):
    """Σ_t log max_v softmax(l_t)_v, the decoder's own certainty; larger is better.

    Of logits of pixels, Σ log max(p, 1 - p) with p = 1 / (1 + exp(-l)).

    Source: ronen2024, comparison. Unlike the released code without dropout.

    Args:
        decoder: module that maps (n, d) to logits (n, l, v), or has such a method; it is copied.
            One whose `link` is `logistic` maps to logits of pixels, (n, ...).
        dtype: precision of the copy.
    """

    def __init__(self, decoder: Any, dtype: torch.dtype = torch.float64) -> None:
        super().__init__()
        self.decoder = FrozenDecoder(decoder, dtype)

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """Score latent points."""
        return _log_probabilities(self.decoder, z).amax(-1).sum(-1)


class Uncertainty(nn.Module):
    """Log mutual information of decoded tokens and dropout masks; **smaller** is better.

    Each of S repeats draws a reference y, the argmax of one stochastic pass; M more passes give
    log likelihoods q_m of it, p̄ = mean exp q_m, and
    u = log |mean_m(-q_m exp q_m) + p̄ log p̄| - log p̄; the result is log mean exp u.
    Masks are drawn once and kept, so that a point has one value and the score a gradient.

    Source: notin2021, importance-weighted estimator, as in ronen2024's released code.

    Args:
        decoder: as in `Likelihood`, with dropout layers.
        generator: source of the masks.
        models: M, passes that are compared.
        repeats: S, references; the authors take 10 in optimisation and 40 in detection.
        dtype: precision of the copy.
    """

    def __init__(
        self,
        decoder: Any,
        generator: torch.Generator,
        models: int = 10,
        repeats: int = 10,
        dtype: torch.dtype = torch.float64,
    ) -> None:
        super().__init__()
        if models < 2 or repeats < 1:
            raise ValueError(f"expected models >= 2 and repeats >= 1, came {models}, {repeats}")
        self.decoder = FrozenDecoder(decoder, dtype)
        self.seed = draw_seed(generator)
        self.models, self.repeats = models, repeats

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """Estimate the uncertainty of latent points."""
        with self.decoder.dropout(self.seed):
            estimates = torch.stack([self._estimate(z) for _ in range(self.repeats)])
        return estimates.logsumexp(0) - math.log(self.repeats)

    def _estimate(self, z: Tensor) -> Tensor:
        tokens = _log_probabilities(self.decoder, z).argmax(-1, keepdim=True)
        passes = (_log_probabilities(self.decoder, z) for _ in range(self.models))
        q = torch.stack([log_p.gather(-1, tokens).sum((1, 2)) for log_p in passes])  # (M, n)
        # a pass that is certain has q = 0 and log(-q) = -inf: it contributes nothing
        q = q.clamp(max=-torch.finfo(q.dtype).tiny)
        log_mean = (q.logsumexp(0) - math.log(self.models)).clamp(max=-torch.finfo(q.dtype).tiny)
        expected = (q + (-q).log()).logsumexp(0) - math.log(self.models)
        of_mean = log_mean + (-log_mean).log()
        return _log_difference(expected, of_mean) - log_mean


class TrainingDistance(nn.Module):
    """Minus the mean distance to the k nearest encoded training points; larger is better.

    Source: ronen2024, comparison. There the reference held the scored points themselves.

    Args:
        reference: (m, d) encoder means of training objects, none of which is scored.
        neighbours: k.
    """

    def __init__(self, reference: Float[Tensor, "m d"], neighbours: int = 3) -> None:
        super().__init__()
        if not 1 <= neighbours <= len(reference):
            raise ValueError(f"neighbours must be in 1..{len(reference)}, came {neighbours}")
        self.register_buffer("reference", reference)
        self.neighbours = neighbours

    def forward(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n"]:
        """Score latent points."""
        distances = torch.cdist(z.to(self.reference), self.reference)
        return -distances.topk(self.neighbours, dim=1, largest=False).values.mean(1)


def _log_probabilities(decoder: FrozenDecoder, z: Tensor) -> Float[Tensor, "n l v"]:
    logits = decoder(decoder.prepare(z))
    if decoder.link == "logistic":
        logits = torch.stack([torch.zeros_like(logits), logits], -1).flatten(1, -2)
    if decoder.link == "identity" or logits.dim() != 3:
        raise ValueError(
            f"expected a decoder with logits (n, l, v), came {tuple(logits.shape)} with the link "
            f"{decoder.link!r}; that of pixels is 'logistic'"
        )
    decoder.require_finite(logits.detach())
    return logits.log_softmax(-1)


def _log_difference(a: Tensor, b: Tensor) -> Tensor:
    """log |exp a - exp b|, at least that of the last digit."""
    high, low = torch.maximum(a, b), torch.minimum(a, b)
    return high + (-torch.expm1((low - high).clamp(max=-torch.finfo(a.dtype).eps))).log()
