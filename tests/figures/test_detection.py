import numpy as np
import pandas as pd

from lso.figures.detection import draw


def test_draws_a_panel_per_model_and_one_of_cost():
    rows = [
        (model, protocol, score, area, area - 0.1, area + 0.1, 0.01, np.nan)
        for model in ("a", "b")
        for protocol in ("official", "clean")
        for score, area in (("LES", 0.9), ("prior", 0.4))
    ]
    columns = "model protocol score area low high seconds published".split()
    figure = draw({"detection": pd.DataFrame(rows, columns=columns)})
    assert [axes.get_title() for axes in figure.axes] == ["a", "b", "cost"]
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels == ["LES", "prior"]
    drawn = figure.axes[0].lines[0].get_xdata()
    assert list(drawn) == [0.9, 0.4]
