"""A box around the best point, larger after successes and smaller after failures."""

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float
from torch import Tensor

from lso.regions._region import Chart, Evidence
from lso.regions.cube import Cube

SUCCESS = 1e-3  # of the absolute best: by how much a round must improve it


@dataclass(frozen=True)
class Trust:
    """What a trust region has learnt.

    Args:
        length: side of the box as a share of the cube's.
        best: score so far.
        successes: rounds in a row that improved it.
        failures: rounds in a row that did not.
    """

    length: float
    best: float
    successes: int = 0
    failures: int = 0


@dataclass(frozen=True)
class TrustRegion:
    """TuRBO's box: the part of a cube within half a side length of the best point.

    Sides are in proportion to the surrogate's length scales, if it has one per dimension. The
    length is a function of the scores told since the surrogate was first fitted, so that nothing
    has to be remembered, and a retraining of the model starts it anew. A length below the
    shortest starts anew, too; TuRBO would draw new first points.

    Source: eriksson2019, as in BoTorch's tutorial and ronen2024.

    Args:
        half_width: of the cube, in latent units.
        length: of the first box, as a share of the cube.
        shortest: see `length`.
        longest: see `length`.
        successes: rounds with success until the length doubles.
        failures: rounds without until it halves; None for ⌈max(4, d) / q⌉.
    """

    half_width: float = 3.0
    length: float = 0.8
    shortest: float = 0.5**7
    longest: float = 1.6
    successes: int = 10
    failures: int | None = None

    def __post_init__(self) -> None:
        if not self.half_width > 0:
            raise ValueError(f"half_width must be positive, came {self.half_width}")
        if not 0 < self.shortest <= self.length <= self.longest:
            raise ValueError(
                "expected 0 < shortest <= length <= longest, came "
                f"{self.shortest}, {self.length}, {self.longest}"
            )
        for name in ("successes", "failures"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise ValueError(f"{name} must be >= 1, came {value}")

    def chart(self, evidence: Evidence, generator: torch.Generator) -> Chart:
        """The cube's coordinates with the bounds of the box."""
        centre = evidence.incumbent.clamp(-self.half_width, self.half_width)
        weights = torch.ones_like(centre)
        if evidence.lengthscales is not None:
            logarithm = evidence.lengthscales.to(centre).log()
            weights = (logarithm - logarithm.mean()).exp()
        reach = self.trust(evidence).length * self.half_width * weights
        bounds = torch.stack([centre - reach, centre + reach])
        cube = Cube(self.half_width).chart(evidence, generator)
        return replace(cube, bounds=bounds.clamp(-self.half_width, self.half_width))

    def trust(self, evidence: Evidence) -> Trust:
        """Digest all rounds, oldest first."""
        needed = self.failures or math.ceil(max(4, evidence.z.shape[1]) / evidence.batch_size)
        trust = Trust(self.length, evidence.first_best)
        rounds = evidence.told.split(evidence.batch_size) if len(evidence.told) else ()
        for scores in rounds:
            trust = self._after(trust, scores, needed)
        return trust

    def _after(self, trust: Trust, scores: Float[Tensor, "q"], needed: int) -> Trust:
        best = float(scores.nan_to_num(nan=-torch.inf).max())
        if best > trust.best + SUCCESS * abs(trust.best):
            successes, failures = trust.successes + 1, 0
        else:
            successes, failures = 0, trust.failures + 1
        length = trust.length
        if successes == self.successes:
            length, successes = min(2 * length, self.longest), 0
        elif failures == needed:
            length, failures = length / 2, 0
        if length < self.shortest:
            length, successes, failures = self.length, 0, 0
        return Trust(length, max(best, trust.best), successes, failures)
