"""The committed reference runs of subspace search belong to the cases that we generate."""

from pathlib import Path

import pandas as pd
import pytest
import torch

from lso.models.quadratic_forms import QuadraticForms
from lso.objectives.rastrigin_goodness import RastriginGoodness
from lso.representations.float_vector import FloatVector

PATH = Path(__file__).resolve().parents[2] / "config/published/subspace_search.csv"
TABLE = pd.read_csv(PATH)


@pytest.mark.parametrize("latent_dim", [8, 32])
def test_starts_are_those_of_our_cases(latent_dim):
    starts = TABLE[(TABLE.sliders == 0) & (TABLE.latent_dim == latent_dim)]
    seed = 100 * latent_dim + 2
    model = QuadraticForms(FloatVector(1024), latent_dim, seed)
    y = RastriginGoodness(seed)(model.decode(model.start_point[None], torch.Generator()))
    assert starts[starts.seed == seed].best.to_list() == pytest.approx(
        [float(y[0])] * starts.seed.eq(seed).sum(), abs=0.01
    )


def test_curves_rise_and_shares_are_those_of_the_start():
    for _, run in TABLE.groupby(["method", "positions", "seed"]):
        assert run.best.is_monotonic_increasing
        assert (run.best / run.best.iloc[0]).to_list() == pytest.approx(
            run.share_left.to_list(), abs=1e-5
        )
