import io

import matplotlib as mpl
import pytest
from matplotlib.lines import Line2D

from lso.figures._style import colours_of, legend_below, new_figure, pick, styled


def test_labels_keep_their_colours_across_figures():
    colours = {"a": 0, "b": 1, "c": 2}
    every, some = colours_of(list("abc"), colours), colours_of(list("ca"), colours)
    assert all(every[label] == some[label] for label in some)
    assert len(set(colours_of([str(i) for i in range(12)]).values())) == 12


def test_theme_leaves_no_trace():
    before = dict(mpl.rcParams)
    styled(lambda: new_figure(1, 1, 3, 2)[0])()
    assert dict(mpl.rcParams) == before


def test_wanted_labels_come_first():
    assert pick(["b"], ["a", "b"]) == ["b"]
    assert pick(None, ["b", "a", "b"]) == ["b", "a"]


def test_legend_reads_row_by_row():
    figure, _ = new_figure(1, 1, 3, 2)
    legend_below(figure, [Line2D([], [], label=label) for label in "abcde"], 3)
    texts = [text.get_text() for text in figure.legends[0].get_texts()]
    assert texts == ["a", "d", "b", "e", "c"]  # matplotlib fills columns


@pytest.mark.parametrize("kind", ["pdf", "png"])
def test_saving_is_deterministic(kind):
    def save():
        figure, ((axes,),) = new_figure(1, 1, 3, 2)
        axes.plot([0, 1])
        file = io.BytesIO()
        figure.savefig(file, format=kind, metadata={"CreationDate": None} if kind == "pdf" else {})
        return file.getvalue()

    assert save() == save()


@styled
def test_a_legend_of_long_labels_stays_inside_the_figure():
    figure, _ = new_figure(1, 1, 6.75, 2)
    handles = [Line2D([], [], label=f"RWR, alpha=0.00{i}, r=200") for i in range(9)]
    legend_below(figure, handles, 5)
    figure.draw_without_rendering()
    box = figure.legends[0].get_window_extent()
    assert box.x0 >= 0
    assert box.x1 <= figure.bbox.x1
