"""Tables on disk, and the one way to write any file.

Every writer writes a private temporary file beside its target, reads it back and renames it, so
that a killed job or a full disk never leaves a file that a later run believes. Every reader
verifies: a table carries its checksum. Parquet's own cover its pages, and a flipped bit of the
footer can change what the pages mean.
"""

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from lso.history import metadata

SEAL = b"lso sha256 "


class StorageError(RuntimeError):
    """A file cannot be read or written; the message says which and what to do."""


class DamagedFile(StorageError):
    """A file is there and not what was written: truncated, flipped bits, another kind.

    Args:
        path: of the file.
        message: says which and what was found.
    """

    def __init__(self, path: str | Path, message: str):
        super().__init__(message)
        self.path = Path(path)


def write(path: str | Path, writer: Callable[[Path], None], reader: Callable[[Path], object]):
    """Write `path` atomically: `writer` fills a temporary file, `reader` must accept it.

    Raises:
        StorageError: the folder is read-only, the disk is full, or the file reads back wrong.
    """
    path = Path(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        os.close(handle)
    except OSError as error:
        raise StorageError(f"cannot write {path}: {error}") from error
    temporary = Path(name)
    try:
        writer(temporary)
        reader(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except (OSError, pa.ArrowException, StorageError) as error:
        raise StorageError(f"cannot write {path}: {error}; free space and run again") from error
    finally:
        temporary.unlink(missing_ok=True)


def write_table(path: str | Path, table: pa.Table | pd.DataFrame) -> None:
    """Write a table as Parquet with a checksum of the whole file."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    stream = pa.BufferOutputStream()
    pq.write_table(table, stream, compression="zstd")
    content = stream.getvalue().to_pybytes()
    write(path, lambda p: p.write_bytes(_sealed(content)), read_table)


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file (some of its columns), verifying the checksum that we gave it.

    Raises:
        StorageError: missing or unreadable; `DamagedFile` if truncated or changed.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise StorageError(f"cannot read {path}: {error}; run again") from error
    if not _seal_holds(content):
        raise DamagedFile(path, f"{path} does not hold what was written; make it again")
    try:
        # in this thread: a worker that still holds `content` when Python ends would abort it
        with pq.ParquetFile(pa.BufferReader(content), pre_buffer=False) as file:
            return file.read(columns=columns, use_threads=False)
    except (OSError, ValueError, pa.ArrowException) as error:  # of its contents, in memory
        raise DamagedFile(path, f"cannot read {path}: {error}; make it again") from error


def _sealed(content: bytes) -> bytes:
    """Put a checksum before the footer of a Parquet file, where its readers do not look."""
    footer = _footer(content)
    return content[:footer] + SEAL + hashlib.sha256(content).digest() + content[footer:]


def _seal_holds(content: bytes) -> bool:
    """Whether a Parquet file is what was written, or was written by others, without a seal."""
    footer = _footer(content)
    start = footer - len(SEAL) - hashlib.sha256().digest_size
    if start < 0 or not content.startswith(SEAL, start):
        return True
    found = hashlib.sha256(content[:start] + content[footer:]).digest()
    return found == content[start + len(SEAL) : footer]


def _footer(content: bytes) -> int:
    """Where the footer begins: the last eight bytes are its length and a magic word."""
    return len(content) - 8 - int.from_bytes(content[-8:-4], "little")


def read_frame(path: str | Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a Parquet or CSV file as a data frame; raises StorageError."""
    if not str(path).endswith(".csv"):
        return read_table(path, columns).to_pandas()
    try:
        return pd.read_csv(path)
    except (OSError, ValueError) as error:
        raise StorageError(f"cannot read {path}: {error}; make it again") from error


def read_history(path: str | Path, columns: list[str]) -> tuple[dict, pd.DataFrame]:
    """Read the metadata and some columns of a history, those that it has; raises StorageError."""
    table = read_table(path)
    known = [name for name in columns if name in table.column_names]
    try:
        return metadata(table), table.select(known).to_pandas()
    except ValueError as error:
        raise DamagedFile(path, f"{path}: {error}; make it again") from error


def read_verified(path: str | Path, sha256: str) -> bytes:
    """Read a file whose SHA-256 is known.

    Raises:
        OSError: missing.
        DamagedFile: it has another checksum.
    """
    content = Path(path).read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise DamagedFile(path, f"{path}: expected sha256 {sha256}, came {found}; fetch it again")
    return content


@contextmanager
def locked(path: str | Path) -> Iterator[None]:
    """Hold a file for this process alone, by a lock beside it that ends with the process.

    Raises:
        StorageError: another process holds it, or its folder cannot be written.
    """
    lock = Path(path).with_name(f".{Path(path).name}.lock")
    try:
        lock.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(lock, os.O_CREAT | os.O_RDWR)
    except OSError as error:
        raise StorageError(f"cannot write {lock}: {error}; name another file") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StorageError(f"{path} is in use by another process; stop it first") from error
        yield
    finally:
        os.close(handle)


def digest_of(path: str | Path) -> str:
    """SHA-256 of a file's contents."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
