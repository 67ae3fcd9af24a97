import numpy as np
import pandas as pd
import pytest

from lso.figures import best_expressions, best_images, best_molecules


def best_of(objects):
    n = len(objects)
    columns = {"task": "t", "label": "a", "seed": range(n), "query": range(1, n + 1), "x": objects}
    return {"best": pd.DataFrame(columns).assign(y=lambda frame: 10.0 - frame["seed"])}


def titles_of(figure):
    return [axes.get_title() for axes in figure.axes if axes.get_title()]


def test_molecules_carry_value_seed_and_query():
    frames = best_of(["c1ccccc1", "CCO", "CCO"])
    frames["best"] = frames["best"].assign(
        heavy_atoms=[6, 3, 3],
        passes_quality_filter=[True, False, False],
        drug_likeness=[0.443, 0.407, 0.407],
        accessibility=[1.0, 1.98, 1.98],
    )
    figure = best_molecules.draw(frames, task="t", count=3)
    assert titles_of(figure) == [
        "10.00\nseed 0, query 1\n1.67 per atom, passes\nQED 0.44, SA 1.0",
        "9.000\nseed 1, query 2\n3.00 per atom, filtered\nQED 0.41, SA 2.0",
    ]
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 0]
    assert figure.axes[0].get_ylabel() == "a"


def test_what_is_no_molecule_is_refused():
    described = {"heavy_atoms": 1, "passes_quality_filter": False}
    described |= {"drug_likeness": np.nan, "accessibility": np.nan}
    frames = {"best": best_of(["C1"])["best"].assign(**described)}
    with pytest.raises(ValueError, match="no molecule"):
        best_molecules.draw(frames, task="t")


def test_images_show_their_pixels():
    pixels = np.eye(8, dtype=np.uint8)
    figure = best_images.draw(
        best_of([np.packbits(pixels).tobytes()]), task="t", shape=[8, 8], count=2
    )
    assert (figure.axes[0].images[0].get_array() == pixels).all()


def test_expressions_are_drawn_over_the_target():
    frames = best_of(["x", "exp(exp(x))"])
    figure = best_expressions.draw(frames, task="t", target="1/3+x+sin(x*x)", columns=1)
    target, found = figure.axes[0].lines
    assert target.get_ydata()[0] == pytest.approx(1 / 3 - 10 + np.sin(100))
    assert found.get_ydata() == pytest.approx(found.get_xdata())
    assert "x" in figure.axes[0].get_title()


def test_expressions_that_overflow_leave_gaps():
    figure = best_expressions.draw(
        best_of(["exp(exp(x*x))"]), task="t", target="x", columns=1, labels=["a"]
    )
    assert np.isnan(figure.axes[0].lines[1].get_ydata()).any()


def test_no_objects_make_an_empty_figure():
    frames = {"best": best_of(["x"])["best"].head(0)}
    assert titles_of(best_molecules.draw(frames, task="t")) == []
    assert titles_of(best_expressions.draw(frames, task="t", target="x")) == []
