import pandas as pd

from lso.figures.comparison import draw

ROWS = [
    ("t", 9, "a", "interquartile mean", 2.0, 1.0, 3.0, 5),
    ("t", 9, "b", "interquartile mean", 4.0, float("nan"), float("nan"), 2),
    ("t", 9, "b", "probability of improvement", 0.8, 0.6, 1.0, 2),
    ("u", 9, "a", "interquartile mean", 7.0, 6.0, 8.0, 5),
    ("t", 5, "a", "interquartile mean", 1.0, 0.0, 2.0, 5),
]
COLUMNS = ["task", "query", "label", "quantity", "value", "low", "high", "seeds"]


def test_each_task_has_its_settings_and_a_probability_only_against_the_reference():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    figure = draw({"comparison": frame}, titles={"t": "T", "u": "U"}, labels=["b", "a"])
    means, probabilities, others, _ = figure.axes
    assert [tick.get_text() for tick in means.get_yticklabels()] == ["b (n=2)", "a"]
    assert [tick.get_text() for tick in others.get_yticklabels()] == ["a"]
    assert [line.get_xdata()[0] for line in means.lines] == [4.0, 2.0]
    assert next(line.get_xdata()[0] for line in probabilities.lines) == 0.8
    assert probabilities.get_xlim()[1] > 1


def test_tasks_without_runs_are_left_out_and_no_runs_at_all_are_said():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    figure = draw({"comparison": frame}, titles={"u": "U", "never run": "N"})
    assert [axes.get_title() for axes in figure.axes] == ["U", ""]
    empty = draw({"comparison": frame.iloc[:0]}, titles={"u": "U"})
    assert "no finished runs" in empty.axes[0].texts[0].get_text()


def test_another_number_of_queries_can_be_drawn():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    means, _ = draw({"comparison": frame}, query=5).axes
    assert [line.get_xdata()[0] for line in means.lines] == [1.0]
