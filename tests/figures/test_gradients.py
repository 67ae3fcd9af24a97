import pandas as pd
import pytest

from lso.evaluation.gradients import summarise_gradients
from lso.figures import gradient_agreement, score_cost


@pytest.fixture
def points():
    rows = [
        (model, point, score, "LES", float(point + shift), cosine, 1.0, cost, 2 * cost)
        for model in ("a", "b")
        for score, shift, cosine, cost in (("LES", 0, 1.0, 0.1), ("likelihood", 5, -0.5, 0.01))
        for point in range(4)
    ]
    columns = "model point score reference value cosine norm_ratio seconds gradient_seconds"
    return pd.DataFrame(rows, columns=columns.split())


def test_agreement_has_values_and_cosines_per_model(points):
    figure = gradient_agreement.draw({"gradient_points": points}, models={"b": "B", "a": "A"})
    assert [axes.get_title() for axes in figure.axes] == ["B", "B", "A", "A"]
    (dots,) = (line for line in figure.axes[0].lines if line.get_marker() == "o")
    assert list(dots.get_xdata()) == [0, 1, 2, 3]
    assert list(dots.get_ydata()) == [5, 6, 7, 8]
    assert list(figure.axes[1].lines[-1].get_ydata()) == [0.25, 0.5, 0.75, 1]


def test_costs_are_in_milliseconds_the_dearest_on_top(points):
    figure = score_cost.draw({"gradients": summarise_gradients(points)})
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["LES", "likelihood"]
    values, gradients = axes.lines
    assert list(values.get_xdata()) == pytest.approx([100, 10])
    assert list(gradients.get_xdata()) == pytest.approx([200, 20])
    (above,) = axes.child_axes
    assert above._functions[0](100) == pytest.approx(10)
