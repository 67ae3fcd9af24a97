import pandas as pd

from lso.figures.gains import draw

ROWS = [
    ("t", "ab", "a", "best", "gain over a part", 2.0, 1.0, 3.0),
    ("t", "ab", "b", "best", "gain over a part", -1.0, -4.0, 2.0),
    ("t", "ab", "b", "top10", "gain over a part", 7.0, 6.0, 8.0),
    ("t", "ab", "r", "best", "paired difference", 9.0, 8.0, 10.0),
    ("u", "ac", "a", "best", "gain over a part", 4.0, float("nan"), float("nan")),
]
COLUMNS = ["task", "label", "other", "statistic", "quantity", "value", "low", "high"]


def test_a_composition_has_a_line_for_each_of_its_parts():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    figure = draw({"comparison": frame}, titles={"t": "T", "u": "U", "v": "V"}, statistic="best")
    t, u = figure.axes
    assert [tick.get_text() for tick in t.get_yticklabels()] == ["ab over a", "ab over b"]
    assert [line.get_xdata()[0] for line in t.lines] == [2.0, -1.0, 0]
    assert [line.get_xdata()[0] for line in u.lines] == [4.0, 0]


def test_without_compositions_the_figure_says_so():
    frame = pd.DataFrame(ROWS[3:4], columns=COLUMNS)
    assert "no composition" in draw({"comparison": frame}).axes[0].texts[0].get_text()
