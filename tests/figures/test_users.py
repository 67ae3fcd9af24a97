"""Figures of simulated users, spectra and strips."""

import numpy as np
import pandas as pd
import pytest

from lso.figures import singular_spectra, slider_strips, user_progress, user_sensitivity


def users(left: dict[str, float]) -> pd.DataFrame:
    rows = [
        {"task": "t", "model": "m", "label": label, "budget": budget, "amount": amount}
        | {"left": value / amount, "low": 0.9 * value / amount, "high": value, "solved": value}
        | {"difference": value - 0.5, "difference_low": -1.0, "difference_high": 1.0}
        for label, value in left.items()
        for budget in ("seconds", "sliders")
        for amount in (2, 1)
    ]
    return pd.DataFrame(rows)


def test_every_strategy_starts_at_one_and_goes_through_its_values():
    table = users({"a": 0.5, "b": 0.8})
    figure = user_progress.draw({"simulated_users": table}, task="t", model="m", labels=["a", "b"])
    lines = {tuple(line.get_ydata()) for line in figure.axes[0].lines}
    assert lines == {(1, 0.5, 0.25), (1, 0.8, 0.4)}
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["a", "b"]


def test_levels_are_compared_with_the_base():
    figure = user_sensitivity.draw(
        {"simulated_users": users({"base": 0.5, "more": 0.7})},
        **{"task": "t", "model": "m", "budget": "seconds", "amounts": [1, 2], "base": "base"},
        parts={"frames": {"11": "base", "21": "more"}, "lapses": {"0": "base"}},
    )
    assert len(figure.axes) == 4
    assert figure.axes[0].containers[0][0].get_ydata() == pytest.approx([0, 0.2])
    assert [t.get_text() for t in figure.axes[2].get_xticklabels()] == ["11", "21"]


def test_spectra_are_relative_to_the_largest():
    case = {"model": "m", "seed": 1, "rank": [1, 2], "singular_value": [4.0, 1.0]}
    table = pd.DataFrame(case | {"alignment": [0.9, 0.1]})
    values, ways = singular_spectra.draw({"spectra": table}, models={"m": "ours"}).axes
    assert values.lines[0].get_ydata().tolist() == [1, 0.25]
    assert ways.lines[0].get_ydata().tolist() == [0.9, 0.1]


def test_strips_leave_gaps_for_invalid_frames():
    item = np.arange(4, dtype=np.uint8).tobytes()
    strip = {"rank": 1, "singular_value": 2.0, "position": [0.0, 0.5, 1.0]}
    table = pd.DataFrame(strip | {"x": [item, None, item]})
    figure = slider_strips.draw({"strips": table}, shape=[2, 2])
    assert [len(axes.images) for axes in figure.axes] == [1, 0, 1]
    assert figure.axes[0].images[0].get_array().tolist() == [[0, 1], [2, 3]]
