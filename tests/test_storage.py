"""Files are whole or refused."""

import hashlib
import os
import pickle
import random
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from lso import storage
from lso.checkpoints import read_checkpoint, read_model, write_checkpoint
from lso.storage import DamagedFile, StorageError, read_table, write_table

FRAME = pd.DataFrame({"x": ["CC", None], "y": [1.0, float("nan")]})
TENSORS = {"a": torch.arange(6.0).reshape(2, 3), "n": torch.tensor(3)}


COUNT_THREADS = """
import os, sys, pyarrow as pa
from lso.storage import write_table
threads = lambda: len(os.listdir("/proc/self/task"))
before = threads()
write_table(sys.argv[1], pa.table({name: list(range(500)) for name in "abcdefgh"}))
print(threads() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_no_reading_thread_outlives_a_job(tmp_path):
    """One that holds the file's bytes when Python ends aborted one job in 60."""
    command = [sys.executable, "-c", COUNT_THREADS, str(tmp_path / "t.parquet")]
    printed = subprocess.run(command, capture_output=True, check=True)
    assert int(printed.stdout) == 0


def test_round_trips(tmp_path):
    write_table(tmp_path / "deep" / "f.parquet", FRAME)
    assert storage.read_frame(tmp_path / "deep" / "f.parquet").y[0] == 1.0
    write_checkpoint(tmp_path / "c.safetensors", TENSORS, {"kind": "test"})
    tensors, metadata = read_checkpoint(tmp_path / "c.safetensors")
    assert metadata == {"kind": "test"}
    assert all(torch.equal(tensors[k], TENSORS[k]) for k in TENSORS)
    assert sorted(os.listdir(tmp_path)) == ["c.safetensors", "deep"]


@pytest.mark.parametrize("damage", ["truncate", "flip", "empty", "delete"])
@pytest.mark.parametrize("name", ["f.parquet", "c.safetensors"])
def test_damage_is_noticed(tmp_path, name, damage):
    path = tmp_path / name
    write_table(tmp_path / "f.parquet", pd.DataFrame({"y": range(1000)}))
    write_checkpoint(tmp_path / "c.safetensors", {"a": torch.randn(1000)}, {})
    content = bytearray(path.read_bytes())
    if damage == "truncate":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "flip":
        content[len(content) // 3] ^= 0x10
        path.write_bytes(content)
    elif damage == "empty":
        path.write_bytes(b"")
    else:
        path.unlink()
    with pytest.raises(StorageError, match=name):
        (read_table if name.endswith("parquet") else read_checkpoint)(path)


@pytest.mark.parametrize("name", ["f.parquet", "c.safetensors"])
def test_no_flipped_bit_is_believed(tmp_path, name):
    """Refused, or in a byte that no reader looks at: headers, footers and contents alike."""
    path = tmp_path / name
    write_table(tmp_path / "f.parquet", FRAME)
    metadata = {"architecture": {"kind": "convolutional", "latent_dim": 2}}
    write_checkpoint(tmp_path / "c.safetensors", TENSORS, metadata)
    read = read_table if name.endswith("parquet") else read_checkpoint
    expected, content = repr(read(path)), path.read_bytes()
    refused = 0
    generator = random.Random(0)
    for _ in range(300):
        damaged = bytearray(content)
        damaged[generator.randrange(len(content))] ^= 1 << generator.randrange(8)
        path.write_bytes(damaged)
        try:
            assert repr(read(path)) == expected
        except DamagedFile:
            refused += 1
    assert refused > 250


def test_other_readers_take_our_tables(tmp_path):
    write_table(tmp_path / "f.parquet", FRAME)
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "f.parquet"), FRAME)
    FRAME.to_parquet(tmp_path / "theirs.parquet")
    assert read_table(tmp_path / "theirs.parquet")["y"][0].as_py() == 1.0


def test_files_with_a_known_checksum(tmp_path):
    path = tmp_path / "f"
    path.write_bytes(b"content")
    assert storage.read_verified(path, hashlib.sha256(b"content").hexdigest()) == b"content"
    with pytest.raises(DamagedFile, match="expected sha256 0, came ed7002b4"):
        storage.read_verified(path, "0")


def test_failed_write_keeps_the_old_file(tmp_path):
    path = tmp_path / "f.parquet"
    write_table(path, FRAME)
    before = path.read_bytes()

    def fill_the_disk(temporary):
        temporary.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    with pytest.raises(StorageError, match="No space left.*free space and run again"):
        storage.write(path, fill_the_disk, read_table)
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["f.parquet"]


def test_wrong_content_is_not_renamed(tmp_path):
    with pytest.raises(StorageError):
        storage.write(tmp_path / "f.parquet", lambda p: p.write_bytes(b"PAR1"), read_table)
    assert os.listdir(tmp_path) == []


def test_pickles_never_run(tmp_path):
    class Bomb:
        def __reduce__(self):
            return (os.mkdir, (str(tmp_path / "exploded"),))

    path = tmp_path / "bomb.safetensors"
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(StorageError):
        read_model(path)
    assert not (tmp_path / "exploded").exists()


def test_foreign_safetensors_are_named(tmp_path):
    from safetensors.torch import save_file

    save_file(TENSORS, tmp_path / "foreign.safetensors")
    with pytest.raises(StorageError, match="not a checkpoint of lso"):
        read_checkpoint(tmp_path / "foreign.safetensors")
