"""Tables on disk, and the one way to write any file.

Every writer writes a private temporary file beside its target, reads it back and renames it, so
that a killed job or a full disk never leaves a file that a later run believes. Every reader
verifies: Parquet pages carry checksums.
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


class StorageError(RuntimeError):
    """A file cannot be read or written; the message says which and what to do."""


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
    """Write a table as Parquet with page checksums."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    write(
        path,
        lambda p: pq.write_table(table, p, compression="zstd", write_page_checksum=True),
        lambda p: read_table(p),
    )


def read_table(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Parquet file (some of its columns), verifying the checksum of every page.

    Raises:
        StorageError: missing, truncated or damaged.
    """
    try:
        return pq.read_table(Path(path), columns=columns, page_checksum_verification=True)
    except (OSError, pa.ArrowException) as error:
        raise StorageError(f"cannot read {path}: {error}; delete it and run again") from error


def read_frame(path: str | Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Read a Parquet or CSV file as a data frame."""
    if str(path).endswith(".csv"):
        return pd.read_csv(path)
    return read_table(path, columns).to_pandas()


def read_history(path: str | Path, columns: list[str]) -> tuple[dict, pd.DataFrame]:
    """Read the metadata and some columns of a history."""
    table = read_table(path, columns)
    return metadata(table), table.to_pandas()


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
