"""Where searches with and without a latent score go, and the plane of the latent space they cross.

Source: ronen2024, Fig. 1: from one start, where the acquisition alone leads and where it leads with
the score, over a map of the plane through the three points.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float
from torch import Tensor

from lso.interfaces import State
from lso.latent_scores import LatentScore, Score
from lso.methods.batch_bayesian_optimisation import BatchBayesianOptimisation
from lso.optimisation import generator_for
from lso.score_terms import encoded_objects

BATCH = 100  # points scored together
REFERENCE = 500  # encoded objects that a score of the map may measure distances to


@dataclass(frozen=True)
class SliceSettings:
    """What is traced and drawn.

    Args:
        score: latent score of the map.
        starts: start points, one plane each, of the batch that the methods improve.
        side: of the map, in points.
        margin: side of the map over the extent of the paths in it.
        seed: of the surrogate's data and the starts.
    """

    score: LatentScore
    starts: int = 3
    side: int = 31
    margin: float = 1.5
    seed: int = 1

    def __post_init__(self) -> None:
        if self.starts < 1 or self.side < 2 or not self.margin >= 1:
            raise ValueError(
                "starts must be >= 1, side >= 2 and margin >= 1, came "
                f"{self.starts}, {self.side} and {self.margin}"
            )


@dataclass(frozen=True)
class Plane:
    """z(u) = origin + u V.

    Args:
        origin: where u = 0 is.
        directions: V, two orthonormal rows.
    """

    origin: Float[Tensor, "d"]
    directions: Float[Tensor, "2 d"]

    @classmethod
    def through(
        cls, origin: Float[Tensor, "d"], first: Float[Tensor, "d"], second: Float[Tensor, "d"]
    ) -> "Plane":
        """The plane of three points: the second is at (a, 0), a >= 0, the third at (b, c >= 0)."""
        q, r = torch.linalg.qr(torch.stack([first - origin, second - origin], dim=1))
        signs = torch.where(r.diagonal() < 0, -1.0, 1.0)
        return cls(origin, (q * signs).T)

    def points(self, u: Float[Tensor, "n 2"]) -> Float[Tensor, "n d"]:
        """Latent points of coordinates."""
        return self.origin + u @ self.directions

    def coordinates(self, z: Float[Tensor, "n d"]) -> Float[Tensor, "n 2"]:
        """Coordinates of the closest points of the plane."""
        return (z - self.origin) @ self.directions.T


def trace_and_slice(
    state: State, methods: Mapping[str, BatchBayesianOptimisation], settings: SliceSettings
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Trace the first ascents of several methods from the same starts, and map their planes.

    The plane of a start goes through it and where the first two methods lead from it.

    Args:
        state: before the first query.
        methods: label -> a method whose optimiser is an ascent; the first two span the planes.
        settings: see `SliceSettings`.

    Returns:
        The map, columns start (number), row, column, u, v (latent units), and the paths, columns
        start, label, step, u, v and distance (from the plane, which others than the first two and
        their steps leave); both with x (null where invalid), y (NaN where invalid), score.

    Raises:
        ValueError: fewer than two methods, fewer starts in a batch than asked for, or a start
            from which no method moves.
    """
    if len(methods) < 2:
        raise ValueError(f"a plane needs two methods, came {', '.join(methods) or 'none'}")
    paths = {label: _trace(state, method, settings) for label, method in methods.items()}
    first, second, *_ = paths.values()  # (s, q, d)
    if first.shape[1] < settings.starts:
        raise ValueError(f"a batch has {first.shape[1]} starts, fewer than {settings.starts}")
    generator = generator_for("slice", settings.seed)
    reference = encoded_objects(state, REFERENCE, generator).to(state.device)
    score = settings.score.bind(state.model, reference, generator)
    maps, traces = [], []
    for start in range(settings.starts):
        plane = Plane.through(first[0, start], first[-1, start], second[-1, start])
        steps = [
            _steps(plane, path[:, start]).assign(start=start, label=label)
            for label, path in paths.items()
        ]
        trace = pd.concat(steps, ignore_index=True)
        z = torch.cat([path[:, start] for path in paths.values()])
        traces.append(_described(trace, state, z, score))
        grid = _grid(trace, settings).assign(start=start)
        z = plane.points(torch.tensor(grid[["u", "v"]].to_numpy()))
        maps.append(_described(grid, state, z, score))
    return pd.concat(maps, ignore_index=True), pd.concat(traces, ignore_index=True)


def _trace(
    state: State, method: BatchBayesianOptimisation, settings: SliceSettings
) -> Float[Tensor, "s q d"]:
    """Latent points of all steps of the first batch; methods of equal data have equal starts."""
    told = method.tell(state, generator_for(settings.seed, 0))
    problem, starts = method.problem(told, generator_for("first batch", settings.seed))
    u = method.optimiser.path(problem, starts[: settings.starts])
    return problem.chart.points(u).detach().cpu()


def _steps(plane: Plane, z: Float[Tensor, "s d"]) -> pd.DataFrame:
    u = plane.coordinates(z)
    away = torch.linalg.vector_norm(z - plane.points(u), dim=1)
    frame = pd.DataFrame(u.numpy(), columns=["u", "v"])
    return frame.assign(step=range(len(z)), distance=away.numpy())


def _grid(trace: pd.DataFrame, settings: SliceSettings) -> pd.DataFrame:
    """A square around the paths, rows from the top."""
    low, high = trace[["u", "v"]].min(), trace[["u", "v"]].max()
    half = settings.margin * float((high - low).max()) / 2
    if not half > 0:
        raise ValueError("no method moves from this start, so there is no plane to map")
    middle, axis = (low + high) / 2, torch.linspace(-half, half, settings.side).tolist()
    rows = [
        (i, j, middle["u"] + axis[j], middle["v"] + axis[-1 - i])
        for i in range(settings.side)
        for j in range(settings.side)
    ]
    return pd.DataFrame(rows, columns=["row", "column", "u", "v"])


def _described(frame: pd.DataFrame, state: State, z: Tensor, score: Score) -> pd.DataFrame:
    """The frame with what is decoded at its points, what that scores, and the latent score."""
    x = state.model.decode(z, generator_for("decode"))
    with torch.no_grad():
        values = torch.cat([score(part) for part in z.to(state.device).split(BATCH)])
    return frame.assign(x=x, y=state.task.score(x), score=values.double().cpu().numpy())
