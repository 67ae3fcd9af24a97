from matplotlib.animation import FuncAnimation
from matplotlib.figure import Figure

from lso.drawing import save


def test_a_moving_figure_leaves_one_file(tmp_path):
    figure = Figure()
    (line,) = figure.subplots().plot([0, 1])
    save(FuncAnimation(figure, lambda i: [line], frames=2), tmp_path / "moves.gif")
    (path,) = tmp_path.iterdir()
    assert path.read_bytes().startswith(b"GIF89a")


def test_a_figure_is_the_same_to_the_byte(tmp_path):
    for kind in ("png", "pdf", "svg"):
        for name in "ab":
            figure = Figure()
            figure.subplots().plot([0, 1])
            save(figure, tmp_path / f"{name}.{kind}")
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
