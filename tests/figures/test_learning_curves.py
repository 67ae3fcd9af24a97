import pandas as pd

from lso.figures.learning_curves import PARTS, draw


def test_a_row_of_panels_per_model():
    training = pd.DataFrame(
        [
            (model, epoch, split, 3.0 - epoch, 2.0 - epoch, 1.0)
            for model in ("a", "b")
            for epoch in (0, 1, 1)
            for split in ("training", "validation")
        ],
        columns=["model", "epoch", "split", *PARTS],
    )
    figure = draw({"training": training}, titles={"a": "Model A"})
    assert len(figure.axes) == 2 * len(PARTS)
    assert [len(axes.lines) for axes in figure.axes] == [2] * len(figure.axes)
    assert figure.axes[0].lines[0].get_ydata().tolist() == [3, 2]
    assert figure.axes[0].get_ylabel() == "Model A"
    assert len(draw({"training": training}, models=["b"]).axes) == len(PARTS)
