"""A person at the slider is the same loop; nothing kept is lost; bad input is told."""

import json

import numpy as np
import pytest
import torch

from lso import history
from lso.components import build
from lso.explore.explorer import Explorer, StaleError
from lso.explore.frames import coarse_to_fine, look
from lso.explore.session import NOTHING, read_session
from lso.explore.settings import STRATEGIES, Settings, method_of
from lso.explore.views import ExpressionView, ImageView, MoleculeView, VectorView, view_of
from lso.interfaces import State
from lso.models.convolutional import Convolutional
from lso.models.quadratic_forms import QuadraticForms
from lso.optimisation import optimise
from lso.representations.binary_image import BinaryImage
from lso.representations.float_vector import FloatVector
from lso.representations.grey_image import GreyImage
from lso.representations.tokens import Tokens
from lso.storage import StorageError, locked
from lso.users._slider import Choice


class Decoder(torch.nn.Module):
    """Outputs from a function; d = 3, m = 5."""

    latent_dim = 3
    representation = FloatVector(5)

    def __init__(self, function):
        super().__init__()
        self.function = function
        self.weight = torch.nn.Parameter(torch.randn(3, 5, generator=torch.Generator()).double())

    def logits(self, z):
        return self.function(z.double(), self.weight)

    def encode(self, objects):
        raise NotImplementedError

    def decode(self, z, generator):
        with torch.no_grad():
            return self.representation.objects(self.logits(z).numpy())


def curved(z, weight):
    return torch.tanh(z @ weight)


@pytest.fixture
def explorer(tmp_path):
    return open_at(tmp_path, Decoder(curved))


def open_at(folder, model, **settings):
    settings = Settings(**({"frames": 11, "undo": 4} | settings))
    return Explorer(model, view_of(model.representation), "digest", settings, folder / "s.session")


def act(explorer, action, **given):
    explorer.act(action, explorer.session.revision, **given)


def test_a_person_who_chooses_as_the_oracle_does_gets_the_history_of_the_loop(tmp_path):
    model = QuadraticForms(FloatVector(8), 6, 3)
    explorer = open_at(tmp_path, model, frames=101)

    class Person:
        def choose(self, slider, generator):
            return Choice(0.8, 1)

    entry = STRATEGIES["subspace"][2]
    method = build("methods", entry)
    object.__setattr__(method, "user", Person())
    *_, (state, _) = optimise(method, State.initial(NOTHING, model), 6, 6, 0)
    for _ in range(5):
        act(explorer, "next", index=80)
    assert torch.allclose(explorer.session.state(model).z, state.z, rtol=1e-13, atol=1e-13)
    assert explorer.session.state(model).x[0] == state.x[0]


def test_every_action_is_on_disk_at_once(explorer, tmp_path):
    act(explorer, "next", index=9)
    act(explorer, "keep", number=1, index=2)
    act(explorer, "switch", strategy="sequential", index=3)
    act(explorer, "next", index=8)
    act(explorer, "target", how="random")
    again = open_at(tmp_path, explorer.model)
    assert again.page() == explorer.page()
    act(explorer, "next", index=4)
    act(again, "next", index=4)
    assert torch.equal(again.session.now.line.direction, explorer.session.now.line.direction)


def test_undo_returns_to_the_line_before_and_never_touches_what_was_kept(explorer):
    lines = [explorer.session.now.line.direction]
    for i in range(6):
        act(explorer, "keep", number=explorer.session.now.number, index=i)
        act(explorer, "next", index=9)
        lines.append(explorer.session.now.line.direction)
    for step in range(4):
        act(explorer, "undo")
        assert torch.equal(explorer.session.now.line.direction, lines[5 - step])
    with pytest.raises(ValueError, match="nothing to undo"):
        act(explorer, "undo")
    assert len(explorer.session.kept) == 6
    act(explorer, "next", index=9)  # what follows undo has a number of its own
    assert len({m.number for m in explorer.session.moments}) == len(explorer.session.moments)


def test_a_second_window_is_told_but_may_keep(explorer):
    old, number = explorer.session.revision, explorer.session.now.number
    act(explorer, "next", index=9)
    with pytest.raises(StaleError, match="Another window"):
        explorer.act("next", old, index=2)
    seen = explorer.frame(number, 2)
    explorer.act("keep", old, number=number, index=2)
    explorer.act("keep", old, number=number, index=2)
    assert [k.x for k in explorer.session.kept] == [seen.x]


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_starts_where_the_person_is(explorer, strategy):
    here = explorer.frame(0, 9)
    act(explorer, "switch", strategy=strategy, index=9)
    act(explorer, "next", index=0)
    moments = explorer.session.moments
    assert torch.equal(moments[1].z, here.z)
    assert moments[1].strategy == strategy
    assert explorer.page()["count"] == (1 if strategy == "prior" else 11)


def test_restarts_differ_even_after_undo(explorer):
    act(explorer, "restart")
    first = explorer.session.now.z
    act(explorer, "undo")
    act(explorer, "restart")
    assert not torch.equal(first, explorer.session.now.z)


def test_streamed_frames_are_whole_and_are_what_next_tells(explorer):
    lines = [json.loads(line) for line in explorer.stream(0)]
    frames = {k: v for line in lines for k, v in line.get("frames", {}).items()}
    scores = {k: v for line in lines for k, v in line.get("scores", {}).items()}
    assert set(frames) == set(scores) == {str(i) for i in range(11)}
    assert list(lines[0]["frames"]) == ["5"]  # the handle's comes first
    shown = frames["9"]["z"]
    act(explorer, "next", index=9)
    assert np.allclose(explorer.session.now.z, shown, atol=1e-4)


@pytest.mark.parametrize(("count", "first"), [(1, 0), (11, 5), (101, 0)])
def test_frames_come_once_each(count, first):
    batches = list(coarse_to_fine(count, first))
    assert sorted(i for batch in batches for i in batch) == list(range(count))
    assert batches[0] == [first]


def test_history_is_one_the_study_can_read(explorer):
    act(explorer, "next", index=9)
    act(explorer, "switch", strategy="random", index=3)
    act(explorer, "keep", number=2, index=1)
    table = explorer.history()
    record = history.metadata(table)
    assert [run["query"] for run in record["settings"]["runs"]] == [0, 2]
    assert len(record["settings"]["kept"]) == 1
    assert table["y"].to_pylist() == [1.0, 1.0, 1.0]
    act(explorer, "target", how="random")
    y = explorer.history()["y"].to_numpy()
    assert (y <= 0).all()
    assert np.isfinite(y).all()
    assert table.schema.equals(history.schema(image=True))


def test_decoder_that_does_not_react_is_told(tmp_path):
    explorer = open_at(tmp_path, Decoder(lambda z, w: torch.ones(len(z), 5).double() + 0 * z @ w))
    assert "does not react" in explorer.page()["notices"][0]
    assert '"scores": {"5": null}' in "".join(explorer.stream(0))
    act(explorer, "next", index=9)


def test_frames_that_are_not_numbers_are_told_and_cannot_be_chosen(tmp_path):
    def undefined(z, w):
        return torch.where(z.abs().amax(1, keepdim=True) > 1e9, torch.nan, curved(z, w))

    explorer = open_at(tmp_path, Decoder(undefined))
    act(explorer, "keep", number=0, index=5)
    explorer.model.function = lambda z, w: torch.nan * curved(z, w)
    explorer._frames.clear()
    assert "not a number" in next(explorer.stream(0))
    for action, given in {"next": {}, "keep": {"number": 0}}.items():
        with pytest.raises(ValueError, match="not a number"):
            act(explorer, action, index=3, **given)
    with pytest.raises(ValueError, match="not finite"):
        act(explorer, "restart")
    assert len(explorer.session.kept) == 1


def test_latent_at_the_edge_of_the_box_is_told(tmp_path):
    explorer = open_at(tmp_path, Decoder(curved))
    far = torch.full((3,), 9.0).double()
    (frame,) = look(explorer.model, far[None], torch.Generator())
    assert frame.is_outside
    session = explorer.session.begin(explorer.model, "sequential", (far, frame.x))
    explorer.session = session
    assert "edge of the box" in explorer.page()["notices"][-1]
    explorer._moments[session.now.number] = session.now
    act(explorer, "next", index=9)  # goes on


def test_wrong_actions_change_nothing(explorer):
    before = explorer.session
    for action, given, message in [
        ("dance", {}, "no action 'dance'; known: next"),
        ("next", {"index": 99}, "no frame 99"),
        ("switch", {"strategy": "magic", "index": 1}, "no strategy 'magic'; known: subspace"),
        ("return", {"kept": 0}, "nothing kept has the number 0"),
        ("target", {"how": "typed", "text": "x"}, "is no object to type"),
        ("keep", {"number": 7, "index": 1}, "line 7 is not known"),
    ]:
        with pytest.raises(ValueError, match=message):
            act(explorer, action, **given)
    assert explorer.session is before


def test_session_that_cannot_be_saved_stays_and_says_so(explorer, tmp_path):
    explorer.path = tmp_path / "file" / "s.session"
    (tmp_path / "file").write_text("in the way")
    act(explorer, "keep", number=0, index=1)
    assert "Not saved" in explorer.page()["notices"][0]
    explorer.path = tmp_path / "s.session"
    act(explorer, "keep", number=0, index=2)
    assert len(read_session(explorer.path, "digest").kept) == 2
    assert explorer.page()["notices"] == []


def test_damaged_or_foreign_session_is_refused_and_left_alone(explorer, tmp_path):
    with pytest.raises(StorageError, match="belongs to another model; move it away"):
        read_session(explorer.path, "other")
    content = explorer.path.read_bytes()[:-9]
    explorer.path.write_bytes(content)
    with pytest.raises(StorageError, match="cannot be read; move it away"):
        open_at(tmp_path, explorer.model)
    assert explorer.path.read_bytes() == content


def test_a_file_is_locked_for_one_process(tmp_path):
    with (
        locked(tmp_path / "s"),
        pytest.raises(StorageError, match="in use"),
        locked(tmp_path / "s"),
    ):
        pass
    with locked(tmp_path / "s"):
        pass


def test_views():
    image = Convolutional(BinaryImage(64)).representation
    assert isinstance(view_of(image), ImageView)
    pixels = np.zeros((1, 64, 64), dtype=np.uint8)
    pixels[0, :8, :8] = 1
    item = image.objects(pixels)[0]
    assert view_of(image).facts(item) == [("area", "64 px")]
    assert "data:image/png" in view_of(image).draw(item)
    grey = view_of(GreyImage(28))
    assert grey.facts(bytes([51] * 784)) == [("ink", "20.0%")]
    assert grey.closeness(bytes(784), bytes([1] * 784)) == pytest.approx(-28)
    assert "data:image/png" in grey.draw(bytes(784))
    view = ExpressionView()
    assert view.closeness(view.target, view.target) == 0
    assert view.closeness("x", view.target) < 0
    assert not view.is_object("__import__('os')")
    assert "nan" not in view.draw("1/x").lower()
    molecule = view_of(Tokens("selfies", 5))
    assert isinstance(molecule, MoleculeView)
    assert molecule.closeness("CCO", "OCC") == 0
    assert molecule.closeness("CCO", "c1ccccc1") < 0
    assert molecule.draw("CCO").count("<svg") == 1
    assert isinstance(view_of(FloatVector(5)), VectorView)
    with pytest.raises(ValueError, match="cannot show str"):
        view_of("pictures")


def test_wrong_settings_are_told():
    for wrong in ({"frames": 10}, {"port": -1}, {"undo": 0}):
        with pytest.raises(ValueError, match="must be"):
            Settings(**wrong)
    assert Settings().host == "127.0.0.1"
    assert method_of("subspace").tolerance == 0.03
