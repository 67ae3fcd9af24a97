import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from lso.figures.best_so_far import FRAMES, draw

PANEL = {"task": "squares", "title": "Squares", "y_label": "area"}


def summary_of(seeds=(1, 2), labels=("a", "b"), queries=20, methods=None):
    rows = [
        ("s", task, "m", (methods or {}).get(seed, label), label, seed, query, query // 2, y, y, y)
        for task in ("squares", "molecules")
        for label in labels
        for seed in seeds
        for query in range(1, queries + 1 + seed)
        for y in [float(query * seed)]
    ]
    columns = "study task model method label seed query oracle_calls best top10 top50".split()
    return pd.DataFrame(rows, columns=columns)


PUBLISHED = pd.DataFrame(
    {
        "task": "squares",
        "setting": "k=1e-3, r=5",
        "statistic": "top1",
        "query": [10, 20],
        "mean": [3.0, 4],
        "sd": [1.0, 1],
    }
)


def lines_of(figure: Figure):
    return [
        line
        for line in figure.axes[0].lines
        if len(line.get_xdata()) and np.isfinite(np.asarray(line.get_ydata(), float)).any()
    ]


def test_mean_band_and_seeds_of_every_label():
    frames = {"summary": summary_of(), "published": PUBLISHED}
    assert set(frames) == set(FRAMES)
    figure = draw(frames, panels=[PANEL, {**PANEL, "task": "molecules", "title": "Molecules"}])
    axes = figure.axes[0]
    assert len(figure.axes) == 2
    assert len(lines_of(figure)) == 2 * (1 + 2)
    assert (axes.get_title(), axes.get_ylabel(), axes.get_xlabel()) == (
        "Squares",
        "area",
        "queries",
    )
    mean = max(lines_of(figure), key=lambda line: line.get_linewidth())
    assert mean.get_xdata().max() == 21  # the shortest run: nothing is carried forward
    assert mean.get_ydata()[-1] == pytest.approx(21 * 1.5)
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert set(names) == {"a", "b", "ours, mean ± sd"}


def test_legend_leaves_out_settings_without_curves():
    frames = {"summary": summary_of(), "published": PUBLISHED}
    figure = draw(frames, panels=[PANEL], labels=["a", "never run"])
    names = [text.get_text() for text in figure.legends[0].get_texts()]
    assert names == ["a", "ours, mean ± sd"]


def test_a_long_legend_leaves_the_panel_its_height():
    a = summary_of()[lambda runs: runs.label == "a"]
    runs = [a.assign(label=f"a setting with a rather long name {i}") for i in range(9)]
    frames = {"summary": pd.concat(runs), "published": PUBLISHED.head(0)}
    figure = draw(frames, panels=[PANEL])
    figure.draw_without_rendering()
    assert figure.axes[0].get_position().height * figure.get_figheight() > 1


def test_published_mean_is_drawn_behind():
    panel = {**PANEL, "published": {"a": "k=1e-3, r=5"}}
    figure = draw({"summary": summary_of(), "published": PUBLISHED}, panels=[panel])
    dashed = [line for line in lines_of(figure) if line.get_linestyle() != "-"]
    assert [line.get_ydata().tolist() for line in dashed] == [[3.0, 4.0]]
    assert dashed[0].zorder < max(line.zorder for line in lines_of(figure))


def test_published_alone_and_one_seed():
    panel = {**PANEL, "published": {"a": "k=1e-3, r=5"}}
    nothing = draw({"summary": summary_of().head(0), "published": PUBLISHED}, panels=[panel])
    assert len(lines_of(nothing)) == 1
    single = draw({"summary": summary_of(seeds=(1,)), "published": PUBLISHED}, panels=[PANEL])
    assert len(lines_of(single)) == 2


def test_oracle_calls_leave_the_published_out():
    panel = {**PANEL, "published": {"a": "k=1e-3, r=5"}}
    frames = {"summary": summary_of(), "published": PUBLISHED}
    figure = draw(frames, panels=[panel], x="oracle_calls", labels=["a"])
    assert len(lines_of(figure)) == 3
    assert min(np.nanmin(line.get_xdata()) for line in lines_of(figure)) == 1


def test_settings_are_checked():
    frames = {"summary": summary_of(), "published": PUBLISHED}
    with pytest.raises(ValueError, match="top50"):
        draw(frames, panels=[PANEL], statistic="mean")
    frames["summary"] = summary_of(methods={1: "x", 2: "y"})
    with pytest.raises(ValueError, match="several runs"):
        draw(frames, panels=[PANEL])


def test_against_seconds_runs_that_share_no_second_have_a_mean():
    """Of seeds that took 1 and 2 s or 7 and 10 s for the same two queries."""
    rows = [(1, 1, 1.0, 5.0), (1, 2, 2.0, 9.0), (2, 1, 7.0, 3.0), (2, 2, 10.0, 8.0)]
    runs = pd.DataFrame(rows, columns=["seed", "query", "seconds", "best"])
    runs = runs.assign(task="squares", model="m", method="x", label="a")
    figure = draw({"summary": runs, "published": PUBLISHED}, panels=[PANEL], x="seconds")
    assert figure.axes[0].get_xlabel() == "seconds of searching"
    *seeds, mean = (line.get_xydata().tolist() for line in lines_of(figure))
    assert seeds == [[[1, 5], [2, 9]], [[7, 3], [10, 8]]]
    assert mean == [[4, 4], [6, 8.5]]


def test_a_panel_without_runs_says_so():
    panels = [PANEL, {**PANEL, "task": "never run", "title": "N"}]
    figure = draw({"summary": summary_of(), "published": PUBLISHED}, panels=panels)
    assert [len(axes.texts) for axes in figure.axes] == [0, 1]
    assert figure.axes[1].texts[0].get_text() == "no finished runs"


def test_a_panel_shows_the_models_that_it_names():
    summary = pd.concat([summary_of(labels=("a",)).assign(model=name) for name in ("m", "n", "o")])
    summary.loc[summary["model"] == "n", "label"] = "b"
    frames = {"summary": summary, "published": PUBLISHED}
    with pytest.raises(ValueError, match="several runs"):
        draw(frames, panels=[PANEL])
    figure = draw(frames, panels=[{**PANEL, "models": ["m", "n"]}])
    assert len(lines_of(figure)) == 2 * (1 + 2)
