"""Progress of sliders: what is drawn for runs that converge and runs that stall."""

import numpy as np
import pandas as pd
import pytest

from lso.figures.slider_progress import draw


def summary(shares: dict[str, float]) -> pd.DataFrame:
    query = np.arange(1, 12)
    rows = [
        pd.DataFrame(
            {
                "task": "t",
                "model": "m",
                "label": label,
                "seed": seed,
                "query": query,
                "seconds": 0.1 * query,
                "share_left": np.geomspace(1, end, len(query)),
            }
        )
        for label, end in shares.items()
        for seed in (1, 2)
    ]
    return pd.concat(rows)


def published() -> pd.DataFrame:
    columns = {"method": "jacobian_1d", "positions": 1001, "latent_dim": 8, "seed": 800}
    return pd.DataFrame({**columns, "sliders": [0, 5, 10], "share_left": [1.0, 0.1, 0.0]})


def test_shares_solved_and_published_curve():
    frames = {"summary": summary({"good": 1e-4, "stalls": 0.2}), "published_sliders": published()}
    figure = draw(frames, task="t", model="m", latent_dim=8, published={"good": "jacobian_1d"})
    sliders, seconds, share = figure.axes
    assert sorted(line.get_ydata()[-1] for line in share.lines) == [0, 1]
    dashed = [line for line in sliders.lines if line.get_linestyle() == "--"]
    assert len(dashed) == 1
    assert dashed[0].get_ydata() == pytest.approx([1, 0.1, 1e-6])  # a log axis has no 0
    assert len(seconds.lines) == 4
    assert figure.legends[0].get_texts()[-1].get_text() == "released code, median"


def test_published_runs_of_another_dimension_stay_out():
    frames = {"summary": summary({"good": 1e-4}), "published_sliders": published()}
    figure = draw(frames, task="t", model="m", latent_dim=32, published={"good": "jacobian_1d"})
    assert not [line for line in figure.axes[0].lines if line.get_linestyle() == "--"]
