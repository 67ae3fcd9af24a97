import numpy as np
import pandas as pd
import pytest

from lso.figures.violin import draw


@pytest.fixture
def frames():
    rng = np.random.default_rng(0)
    rows = [
        (label, stage, np.nan if i % 10 == 0 else rng.normal())
        for label in ("k=1e-3", "k=inf")
        for stage in ("before", "after")
        for i in range(100)
    ]
    objects = pd.DataFrame({"y": rng.normal(size=500), "validation": False})
    return {"samples": pd.DataFrame(rows, columns=["label", "stage", "y"]), "weights": objects}


def test_a_violin_for_the_data_and_halves_for_each_label(frames):
    axes = draw(frames, y_label="score").axes[0]
    assert len(axes.collections) == 1 + 2 * 2
    ticks = [tick.get_text() for tick in axes.get_xticklabels()]
    assert ticks == ["training\ndata", *(f"{n}\nhidden\n10% | 10%" for n in ("k=1e-3", "k=inf"))]
    assert axes.get_ylabel() == "score"


def test_what_is_left_out_is_told(frames):
    axes = draw(frames, y_label="score", y_minimum=0.0, labels=["k=inf"]).axes[0]
    assert min(path.get_extents().ymin for c in axes.collections for path in c.get_paths()) >= 0
    hidden = 1 - (frames["samples"].query("label == 'k=inf' and stage == 'after'")["y"] > 0).mean()
    assert f"| {hidden:.0%}" in axes.get_xticklabels()[1].get_text()
