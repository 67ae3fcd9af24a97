"""The authors' released result files to the frame of runs that `published` tabulates."""

import gzip
import io
import pickle
import re
import tarfile
import zipfile
import zlib
from typing import Any

import numpy as np
import pandas as pd

# assets/official_results/{task}/{strategy}/{setting}/.../seed{seed}/results.npz
MEMBER = re.compile(r"[^/]+/assets/official_results/(\w+)/([\w-]+)/(.+)/seed(\d+)/results\.npz")
LETTERS = {"k": "k", "r": "r", "q": "quantile", "n": "noise", "alpha": "alpha"}
SIGN = {"shapes": 1.0, "expr": -1.0, "chem": 1.0}  # of the score, to be larger the better
# what damaged archives, compressed members, arrays and pickles raise
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, pickle.UnpicklingError, EOFError),
    *(AttributeError, IndexError, KeyError, RuntimeError, TypeError, ValueError),
)
ADMITTED = {"_reconstruct", "scalar", "ndarray", "dtype", "str_"}  # names of numpy in a pickle


class ReleasedRunsError(ValueError):
    """An archive is not that of the released results; the message says what was expected."""


def read_runs(content: bytes) -> pd.DataFrame:
    """Read all released runs out of the repository's archive at one commit.

    Args:
        content: a tar.gz of the repository.

    Returns:
        One row per recorded query: task, strategy, k, r, quantile, noise, alpha, seed,
        query_index (from 1), objective (larger is better), point (missing for images and failed
        decodes), valid.

    Raises:
        ReleasedRunsError: it is no such archive, a file cannot be read, or a file holds anything
            but numbers, text and None (nothing else is ever unpickled).
    """
    try:
        stream = gzip.GzipFile(fileobj=io.BytesIO(content))
        with tarfile.TarFile(fileobj=stream) as archive:
            found = [(m.name, MEMBER.fullmatch(m.name), m) for m in archive if m.isfile()]
            # one released file is empty
            runs = [
                _run(name, match, archive.extractfile(member).read())
                for name, match, member in found
                if match and member.size
            ]
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise ReleasedRunsError(f"expected a tar.gz of the repository, came: {error}") from error
    if not runs:
        raise ReleasedRunsError("expected */assets/official_results/**/results.npz, came none")
    return pd.concat(runs, ignore_index=True)


def _run(name: str, match: re.Match, content: bytes) -> pd.DataFrame:
    task, strategy, settings, seed = match.groups()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as arrays:
            score = _array(arrays, "opt_point_properties").astype(np.float64).ravel()
            points = [None] * len(score) if task == "shapes" else _array(arrays, "opt_points")
            # numpy turned some of the None of failed decodes into text
            points = [None if p in (None, "None") else str(p) for p in points]
            valid = [task == "shapes" or p is not None for p in points]
            if len(points) != len(score):
                raise ValueError(f"expected as many points as scores, came {len(points)}")
            named = dict(part.split("_", 1) for part in settings.split("/"))
            columns = {LETTERS[letter]: value for letter, value in named.items()}
    except DAMAGED as error:
        raise ReleasedRunsError(f"cannot read {name}: {type(error).__name__}: {error}") from error
    numbers = {key: float(columns.get(key, "nan")) for key in ("quantile", "noise", "alpha")}
    return pd.DataFrame(
        {
            "task": task,
            "strategy": strategy,
            "k": columns.get("k"),
            "r": int(columns["r"]),
            **numbers,
            "seed": int(seed),
            "query_index": range(1, len(score) + 1),
            "objective": SIGN[task] * score,
            "point": points,
            "valid": valid,
        }
    )


def _array(arrays: zipfile.ZipFile, name: str) -> np.ndarray:
    """Read an array of a npz; an array of objects may hold numbers, text and None."""
    content = arrays.read(f"{name}.npy")
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    header = {
        (1, 0): np.lib.format.read_array_header_1_0,
        (2, 0): np.lib.format.read_array_header_2_0,
    }
    _, _, dtype = header[version](stream)
    if dtype.hasobject:
        return _Unpickler(stream).load()
    return np.lib.format.read_array(io.BytesIO(content), allow_pickle=False)


class _Unpickler(pickle.Unpickler):
    """Admits arrays of numpy and nothing else that has a name."""

    def find_class(self, module: str, name: str) -> Any:
        if module.split(".")[0] == "numpy" and name in ADMITTED:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"expected arrays only, came {module}.{name}")
