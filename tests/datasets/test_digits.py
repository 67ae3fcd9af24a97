"""Digits come out of a pickle that may hold nothing but arrays of numbers."""

import gzip
import os
import pickle

import numpy as np
import pytest

from lso.datasets import _arrays
from lso.datasets.digits import Digits
from lso.datasets.small_digits import SmallDigits

LEVELS = np.random.default_rng(0).integers(0, 256, (6, 784), dtype=np.uint8)


def part(levels=LEVELS, dtype=np.float32):
    return (levels / 256).astype(dtype), np.arange(len(levels))


def packed(content, protocol=3) -> dict[str, bytes]:
    return {"digits.pkl.gz": gzip.compress(pickle.dumps(content, protocol))}


@pytest.mark.parametrize("protocol", [3, 4])
def test_grey_levels_come_back_exactly_and_in_order(protocol):
    files = packed((part(LEVELS[:4]), part(LEVELS[4:])), protocol)
    assert Digits().objects(files) == [row.tobytes() for row in LEVELS]


def test_an_old_pickle_of_python_2_is_read():
    """Protocol 2, byte strings as Python 2 wrote them, NumPy's old module names."""
    image = b"\x00\x00\x00\x3f" * 784  # 784 times 0.5
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntU\x01btR"
        b"(I1\n(I1\nI784\ntcnumpy\ndtype\n(U\x02f4I0\nI1\ntR(I3\nU\x01<NNNI-1\nI-1\nI0\ntb"
        b"I00\nT" + len(image).to_bytes(4, "little") + image + b"tb"
    )
    labels = pickle.dumps(np.arange(1), 3)[2:-1].replace(b"numpy._core", b"numpy.core")
    content = b"\x80\x03((" + array + labels + b"tt."
    assert Digits().objects({"old.pkl": content}) == [bytes([128] * 784)]


def test_a_subset_is_drawn_in_order():
    chosen = Digits(limit=3, seed=1).objects(packed((part(),)))
    order = [row.tobytes() for row in LEVELS]
    assert len(chosen) == 3
    assert chosen == sorted(chosen, key=order.index)


class Bomb:
    def __init__(self, function, *arguments):
        self.call = (function, arguments)

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    "call",
    [(os.system, "touch {}"), (eval, "open('{}', 'w')"), (np.savetxt, "{}", [1.0])],
    ids=["system", "eval", "numpy"],
)
def test_a_pickle_that_would_run_code_is_refused_before_it_does(call, tmp_path):
    target = tmp_path / "ran"
    function, command, *rest = call
    bomb = Bomb(function, command.format(target), *rest)
    pickle.loads(pickle.dumps(bomb))
    assert target.exists()
    target.unlink()
    for content in (bomb, ((part()[0], bomb),)):
        with pytest.raises(ValueError, match=r"digits.pkl.gz: .*it asks for \w+\.\w+"):
            Digits().objects(packed(content))
    assert not target.exists()


def test_a_file_that_grows_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(_arrays, "LARGEST", 10_000)
    with pytest.raises(ValueError, match="larger than 10000 bytes"):
        Digits().objects(packed(b"\0" * 10**6))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (np.array([object()]), "asks for|arrays of 'O8'"),
        ({"images": 1}, "pairs of images"),
        (((LEVELS / 256, np.arange(5)),), "pairs of images"),
        (((LEVELS[:, :700] / 256, np.arange(6)),), "pairs of images"),
        (((LEVELS / 255, np.arange(6)),), "grey levels"),
        (((LEVELS / -256, np.arange(6)),), "grey levels"),
    ],
)
def test_other_contents_are_told(content, message):
    with pytest.raises(ValueError, match=message):
        Digits().objects(packed(content))


def test_damage_is_told():
    whole = packed((part(),))["digits.pkl.gz"]
    for damaged in (whole[:-20], b"", b"no pickle", gzip.compress(b"no pickle")):
        with pytest.raises(ValueError, match="number arrays"):
            Digits().objects({"digits.pkl.gz": damaged})
    with pytest.raises(ValueError, match="one file"):
        Digits().objects({})


def test_the_small_twin_has_the_same_form():
    images = SmallDigits().objects({})
    assert len(images) == 1797
    first = np.frombuffer(images[0], np.uint8).reshape(28, 28)
    assert first.max() > 200
    assert not first[:2].any()
    assert np.array_equal(first[2:26:3, 2:26:3], first[4:26:3, 4:26:3])
    assert len(SmallDigits(limit=5).objects({})) == 5
    with pytest.raises(ValueError, match="enlarge"):
        SmallDigits(enlarge=0)
