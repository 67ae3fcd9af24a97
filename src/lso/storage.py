"""Files: the only code of the package, beside `download`, that opens one.

Every writer writes a private temporary file beside its target, reads it back and renames it, so
that a killed job or a full disk never leaves a file that a later run believes. Every reader
verifies: Parquet pages carry checksums, checkpoints the digest of their tensors. Checkpoints are
safetensors with JSON in the header and never unpickle.
"""

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lso.components import build
from lso.interfaces import Model, State


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
    except (OSError, SafetensorError, pa.ArrowException, StorageError) as error:
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


def write_checkpoint(path: str | Path, tensors: dict[str, Tensor], metadata: dict) -> None:
    """Write tensors with JSON metadata as safetensors."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    record = {"sha256": _digest(tensors)} | metadata
    header = {"lso": json.dumps(record, sort_keys=True)}
    write(path, lambda p: save_file(tensors, p, metadata=header), lambda p: read_checkpoint(p))


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """Read tensors and metadata.

    Raises:
        StorageError: missing, not safetensors, without our metadata, or damaged.
    """
    try:
        with safe_open(Path(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except (OSError, SafetensorError) as error:
        raise StorageError(f"cannot read checkpoint {path}: {error}") from error
    if "lso" not in header:
        raise StorageError(f"{path} is not a checkpoint of lso: no metadata key 'lso'")
    metadata = json.loads(header["lso"])
    if metadata.pop("sha256", None) != _digest(tensors):
        raise StorageError(f"checkpoint {path} is damaged; delete it and run again")
    return tensors, metadata


def write_model(path: str | Path, model: Model, architecture: dict, memory: dict = {}) -> None:  # noqa: B006
    """Write a model, and with `memory` the state of a method that uses it.

    Args:
        path: target.
        model: a torch module.
        architecture: its config entry.
        memory: named tensors.
    """
    representation = architecture["representation"] | asdict(model.representation)
    tensors = {f"model.{name}": t for name, t in model.state_dict().items()}
    tensors |= {f"memory.{name}": t for name, t in memory.items()}
    write_checkpoint(
        path, tensors, {"architecture": architecture | {"representation": representation}}
    )


def read_model(path: str | Path, device: str = "cpu") -> tuple[Model, dict, dict[str, Tensor]]:
    """Read a model in evaluation mode, its architecture and the memory stored beside it.

    Raises:
        StorageError: not a checkpoint, damaged, or tensors that do not fit the architecture.
    """
    tensors, metadata = read_checkpoint(path)
    if "architecture" not in metadata:
        raise StorageError(f"checkpoint {path} has no 'architecture' in its metadata")
    model = build("models", metadata["architecture"], str(path))
    try:
        model.load_state_dict(_below("model.", tensors))
    except RuntimeError as error:
        raise StorageError(f"checkpoint {path} does not fit its architecture: {error}") from error
    return model.eval().to(device), metadata["architecture"], _below("memory.", tensors)


def restore(state: State, memory: dict[str, Tensor], history: pa.Table) -> State:
    """Return `state` with the queries of a history and the memory that belongs to them."""
    z = history["z"].combine_chunks()
    flat = z.flatten().to_numpy()
    return State(
        task=state.task,
        model=state.model,
        z=state.z.new_tensor(flat).reshape(len(z), -1),
        x=history["x"].to_pylist(),
        y=state.y.new_tensor(history["y"].to_numpy()),
        memory=memory,
    )


def _below(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}


def _digest(tensors: dict[str, Tensor]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
