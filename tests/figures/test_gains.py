import pandas as pd

from lso.figures.gains import draw

GAIN, NAN = "gain over a part", float("nan")
ROWS = [
    ("t", 9, "ab", "a", "best", GAIN, 2.0, 1.0, 3.0, 5, 0.0004),
    ("t", 9, "ab", "b", "best", GAIN, -1.0, -4.0, 2.0, 5, 0.3),
    ("t", 9, "ab", "b", "top10", GAIN, 7.0, 6.0, 8.0, 5, 0.04),
    ("t", 9, "ab", "r", "best", "paired difference", 9.0, 8.0, 10.0, 5, NAN),
    ("u", 9, "ac", "a", "best", GAIN, 4.0, NAN, NAN, 1, NAN),
    ("t", 5, "ab", "a", "best", GAIN, 6.0, 5.0, 7.0, 5, 0.04),
]
COLUMNS = "task query label other statistic quantity value low high seeds p_holm".split()


def test_a_composition_has_a_line_for_each_of_its_parts():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    figure = draw({"comparison": frame}, titles={"t": "T", "u": "U", "v": "V"}, statistic="best")
    t, u, t_right, u_right = figure.axes
    assert [tick.get_text() for tick in t.get_yticklabels()] == ["ab over a", "ab over b"]
    assert [line.get_xdata()[0] for line in t.lines] == [2.0, -1.0, 0]
    assert [line.get_xdata()[0] for line in u.lines] == [4.0, 0]
    assert [tick.get_text() for tick in u.get_yticklabels()] == ["ac over a (n=1)"]
    p_values = t_right.get_yticklabels()
    assert [tick.get_text() for tick in p_values] == ["<.001", "0.3"]
    assert [tick.get_weight() for tick in p_values] == ["bold", "normal"]
    assert [tick.get_text() for tick in u_right.get_yticklabels()] == [""]


def test_another_number_of_queries_can_be_drawn():
    frame = pd.DataFrame(ROWS, columns=COLUMNS)
    figure = draw({"comparison": frame}, statistic="best", query=5)
    assert [line.get_xdata()[0] for line in figure.axes[0].lines] == [6.0, 0]


def test_without_compositions_the_figure_says_so():
    frame = pd.DataFrame(ROWS[3:4], columns=COLUMNS)
    assert "no composition" in draw({"comparison": frame}).axes[0].texts[0].get_text()
