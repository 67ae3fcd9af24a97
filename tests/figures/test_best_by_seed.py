import pandas as pd
import pytest

from lso.figures.best_by_seed import draw

BEST = pd.DataFrame(
    [("t", "a", 1, 1, 5.25), ("t", "a", 1, 2, 4.0), ("t", "b", 2, 1, 7.0), ("u", "a", 1, 1, 9.0)],
    columns=["task", "label", "seed", "rank", "y"],
)
AUDIT = pd.DataFrame(
    [("t", "a", 1, 27.84, 27.59), ("t", "a", 2, 23.04, 18.1), ("t", "other", 1, 1.0, 0.5)],
    columns=["task", "setting", "seed", "best", "second"],
).assign(third=float("nan"), fourth=float("nan"), fifth=float("nan"))


def written(figure):
    (table,) = figure.axes[0].tables
    cells = {place: cell.get_text().get_text() for place, cell in table.get_celld().items()}
    rows = range(max(i for i, _ in cells) + 1)
    return [[cells.get((i, j), "") for j in range(-1, 4)] for i in rows]


def test_a_row_per_run_has_the_published_scores_beside_ours():
    figure = draw({"best": BEST, "audit": AUDIT}, task="t", labels=["b", "a"], count=2)
    assert written(figure) == [
        ["", "ours 1", "ours 2", "published 1", "published 2"],
        ["b, seed 2", "7.000", "", "", ""],
        ["a, seed 1", "5.250", "4.000", "27.84", "27.59"],
        ["a, seed 2", "", "", "23.04", "18.10"],
    ]


def test_no_runs_and_too_many_scores():
    frames = {"best": BEST.head(0), "audit": AUDIT}
    assert not draw(frames, task="t").axes[0].tables
    with pytest.raises(ValueError, match="1 to 5"):
        draw(frames, task="t", count=6)
