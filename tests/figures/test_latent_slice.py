import numpy as np
import pandas as pd

from lso.figures.latent_slice import draw


def test_a_column_per_start_a_row_per_value_and_the_ends_in_words():
    cells = [
        (start, row, column, float(column), float(-row), "1+x" if column else None)
        for start in (0, 1)
        for row in range(3)
        for column in range(3)
    ]
    drawn = pd.DataFrame(cells, columns="start row column u v x".split())
    drawn = drawn.assign(score=drawn.u, y=drawn.u.where(drawn.x.notna()))
    steps = [
        (start, label, step, step * way, -1.0, None if label == "none" and step else "x" * 40)
        for start in (0, 1)
        for label, way in (("none", 0.5), ("LES", 1.0))
        for step in range(3)
    ]
    paths = pd.DataFrame(steps, columns="start label step u v x".split())
    values, colours = {"score": "LES", "y": "objective"}, {"none": 0, "LES": 1}
    figure = draw({"slice_map": drawn, "slice_paths": paths}, values=values, colours=colours)
    panels = [axes for axes in figure.axes if axes.get_images()]
    assert len(panels) == 4
    assert panels[0].get_title() == "x" * 25 + "…"
    assert panels[2].get_xlabel() == f"none: invalid\nLES: {'x' * 25}…"
    image = panels[2].get_images()[-1].get_array()
    assert image.mask[:, 0].all()
    assert np.array_equal(image[0, 1:], [1, 2])
