"""Checkpoints: safetensors with JSON in the header, which never unpickle; weights of others."""

import hashlib
import json
import pickle
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from lso.components import build
from lso.interfaces import Model, State
from lso.storage import DamagedFile, StorageError, write


def write_checkpoint(path: str | Path, tensors: dict[str, Tensor], metadata: dict) -> None:
    """Write tensors with JSON metadata as safetensors."""
    tensors = {name: t.detach().cpu().contiguous().clone() for name, t in tensors.items()}
    record = {"sha256": _digest(tensors, metadata)} | metadata
    header = {"lso": json.dumps(record, sort_keys=True)}

    def save(temporary: Path) -> None:
        try:
            save_file(tensors, temporary, metadata=header)
        except SafetensorError as error:  # raised for a full disk, too
            raise StorageError(str(error)) from error

    write(path, save, read_checkpoint)


def read_checkpoint(path: str | Path) -> tuple[dict[str, Tensor], dict]:
    """Read tensors and metadata.

    Raises:
        StorageError: missing or unreadable; `DamagedFile` if its contents are not a checkpoint
            of ours, or have changed.
    """
    try:
        with safe_open(Path(path), framework="pt") as file:
            header = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}
    except OSError as error:
        raise StorageError(f"cannot read checkpoint {path}: {error}") from error
    except SafetensorError as error:
        raise DamagedFile(path, f"cannot read checkpoint {path}: {error}") from error
    if "lso" not in header:
        raise DamagedFile(path, f"{path} is not a checkpoint of lso: no metadata key 'lso'")
    try:
        metadata = json.loads(header["lso"])
        written = metadata.pop("sha256")
    except (ValueError, TypeError, AttributeError, LookupError) as error:
        raise DamagedFile(path, f"cannot read the metadata of {path}: {error}") from error
    # the first checkpoints had a checksum of their tensors alone
    if written not in (_digest(tensors, metadata), _digest(tensors)):
        raise DamagedFile(path, f"checkpoint {path} does not hold what was written; make it again")
    return tensors, metadata


def write_model(
    path: str | Path, model: Model, architecture: dict, memory: dict | None = None
) -> None:
    """Write a model, and with `memory` the state of a method that uses it.

    Args:
        path: target.
        model: a torch module.
        architecture: its config entry.
        memory: named tensors.
    """
    representation = architecture["representation"] | asdict(model.representation)
    tensors = {f"model.{name}": t for name, t in model.state_dict().items()}
    tensors |= {f"memory.{name}": t for name, t in (memory or {}).items()}
    write_checkpoint(
        path, tensors, {"architecture": architecture | {"representation": representation}}
    )


def read_model(path: str | Path, device: str = "cpu") -> tuple[Model, dict, dict[str, Tensor]]:
    """Read a model in evaluation mode, its architecture and the memory stored beside it.

    Raises:
        StorageError: not a checkpoint, damaged, or tensors that do not fit the architecture.
    """
    tensors, metadata = read_checkpoint(path)
    architecture = metadata.get("architecture")
    if not isinstance(architecture, dict):
        raise StorageError(f"checkpoint {path} has no 'architecture' in its metadata")
    try:
        model = build("models", architecture, str(path))
        model.load_state_dict(_below("model.", tensors))
    except RuntimeError as error:  # also of one too large for the memory
        raise StorageError(f"checkpoint {path} does not fit its architecture: {error}") from error
    return model.eval().to(device), architecture, _below("memory.", tensors)


def read_state_dict(path: str | Path) -> dict[str, Tensor]:
    """Read weights that others saved with `torch.save`, as tensors by name and nothing else.

    The unpickler admits tensors only: a file that would run code is refused before it does.

    Raises:
        StorageError: missing, damaged, not a state dict, holding anything but finite dense
            tensors, or asking for code.
    """
    try:
        content = torch.load(Path(path), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        reason = str(error).partition("\n")[0]
        raise StorageError(
            f"{path} holds more than weights, or is damaged, and was not loaded: {reason}"
        ) from None
    except Exception as error:  # a damaged pickle may raise anything
        raise StorageError(f"cannot read weights {path}: {error or type(error)}") from error
    if not isinstance(content, dict) or not content:
        raise StorageError(f"{path}: expected names and tensors, came {type(content).__name__}")
    for name, tensor in content.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            came = f"{type(name).__name__} -> {type(tensor).__name__}"
            raise StorageError(f"{path}: expected names and tensors, came {came} at {name!r}")
        if tensor.layout != torch.strided or not bool(torch.isfinite(tensor).all()):
            raise StorageError(f"{path}: {name} is not a dense tensor of finite numbers")
    return dict(content)


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


def _digest(tensors: dict[str, Tensor], metadata: dict | None = None) -> str:
    text = "" if metadata is None else json.dumps(metadata, sort_keys=True)
    digest = hashlib.sha256(text.encode())
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
