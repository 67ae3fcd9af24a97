"""Weights of others come in as tensors, or not at all."""

import os
import pickle
import zipfile

import pytest
import torch

from lso.checkpoints import read_state_dict
from lso.storage import StorageError


class Bomb:
    """Unpickling it makes a folder."""

    def __init__(self, folder):
        self.folder = folder

    def __reduce__(self):
        return os.mkdir, (str(self.folder),)


def test_reads_names_and_tensors(tmp_path):
    weights = {"a.weight": torch.randn(2, 3), "a.count": torch.tensor(4)}
    torch.save(weights, tmp_path / "w.pth")
    read = read_state_dict(tmp_path / "w.pth")
    assert read.keys() == weights.keys()
    assert all(torch.equal(read[name], weights[name]) for name in weights)


@pytest.mark.parametrize("save", [torch.save, lambda x, p: p.write_bytes(pickle.dumps(x))])
def test_a_pickle_bomb_does_not_go_off(tmp_path, save):
    save({"weight": torch.zeros(2), "more": Bomb(tmp_path / "crater")}, tmp_path / "w.pth")
    with pytest.raises(StorageError, match=r"w\.pth holds more than weights.*not loaded"):
        read_state_dict(tmp_path / "w.pth")
    assert not (tmp_path / "crater").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ([torch.zeros(1)], "names and tensors, came list"),
        ({}, "names and tensors, came dict"),
        ({"epoch": 3}, "came str -> int at 'epoch'"),
        ({1: torch.zeros(1)}, "came int -> Tensor at 1"),
        ({"w": torch.tensor([1.0, float("nan")])}, "w is not a dense tensor of finite numbers"),
        ({"w": torch.eye(2).to_sparse()}, "w is not a dense tensor"),
    ],
)
def test_other_contents_are_named(tmp_path, content, message):
    torch.save(content, tmp_path / "w.pth")
    with pytest.raises(StorageError, match=message):
        read_state_dict(tmp_path / "w.pth")


def test_missing_and_damaged_files(tmp_path):
    path = tmp_path / "w.pth"
    with pytest.raises(StorageError, match="cannot read"):
        read_state_dict(path)
    torch.save({"w": torch.zeros(1000)}, path)
    whole = path.read_bytes()
    for content in (b"", b"no weights", whole[: len(whole) // 2], whole[:-100]):
        path.write_bytes(content)
        with pytest.raises(StorageError, match=r"w\.pth"):
            read_state_dict(path)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("w/other", b"")
    with pytest.raises(StorageError, match=r"w\.pth"):
        read_state_dict(path)
