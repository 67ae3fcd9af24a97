import numpy as np
import pandas as pd

from lso.figures.performance_profile import draw

PANELS = [{"task": task, "title": task, "x_label": "score"} for task in ("t", "u")]


def summary() -> pd.DataFrame:
    means = {("t", "base"): 1, ("t", "new"): 3, ("u", "base"): 10, ("u", "new"): 30, ("u", "x"): 9}
    rows = [
        (task, label, seed, 5, mean + seed / 10)
        for (task, label), mean in means.items()
        for seed in (-1, 0, 1)
    ]
    return pd.DataFrame(rows, columns=["task", "label", "seed", "query", "best"])


def test_shares_fall_from_one_to_none_and_only_shared_settings_are_pooled():
    figure = draw({"summary": summary()}, query=5, panels=PANELS, reference="base")
    first, second, pooled = figure.axes
    assert [len(axes.lines) for axes in figure.axes] == [2, 3, 2]
    for line in [*first.lines, *second.lines, *pooled.lines]:
        share = np.asarray(line.get_ydata())
        assert (share[0], share[-1]) == (1, 0)
        assert (np.diff(share) <= 0).all()
    base = pooled.lines[0]
    middle = np.interp(0, base.get_xdata(), base.get_ydata())
    assert 0.3 < middle < 0.7  # 0 is the mean of the reference in every task
    assert pooled.get_xlabel() == "0: mean of base\n1: best run of a task"


def test_a_reference_that_was_not_run_is_named():
    figure = draw({"summary": summary()}, query=5, panels=PANELS, reference="x")
    assert not figure.axes[-1].lines
    assert figure.axes[-1].get_title() == "no x in t"
