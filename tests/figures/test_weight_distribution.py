import numpy as np
import pandas as pd
import pytest

from lso.figures.weight_distribution import draw


def test_densities_are_normalised_and_follow_the_weights():
    y = np.repeat([0.0, 1.0], 50)
    objects = pd.DataFrame({"y": y, "validation": False, "weight: k=1": 1 + 3 * y})
    objects.loc[len(objects)] = [100.0, True, 1.0]  # validation does not count
    axes = draw({"weights": objects}, x_label="score", bins=2).axes[0]
    plain, weighted = [patch.get_data() for patch in axes.patches]
    assert plain.values @ np.diff(plain.edges) == pytest.approx(1)
    assert weighted.values / weighted.values.sum() == pytest.approx([0.2, 0.8])
    assert plain.edges[-1] == 1
    assert axes.get_xlabel() == "score"


def test_range_drops_scores_outside():
    objects = pd.DataFrame({"y": [-50.0, 0, 1, 2], "validation": False})
    figure = draw({"weights": objects}, x_label="score", x_range=[0, 2], bins=2)
    assert figure.axes[0].patches[0].get_data().edges.tolist() == [0, 1, 2]
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["unweighted"]
