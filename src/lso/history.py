"""The contract of `history.parquet`: its columns, its metadata and its version.

Other tools read these files. Version 1: one row per query, in order, with
    round    int32    query // queries per round of the method (retraining round)
    query    int32    0-based position in the run
    x        string (or binary: packed pixels), null where the decode was invalid
    z        list of float64, the latent point as proposed; NaN where the method proposed an object
    y        float64, larger is better, NaN where invalid
    valid    bool, whether there is a score: decoded, and not refused by the objective
    seconds  float64, wall clock of digesting, asking, decoding and scoring (its share of a batch)
and, where someone chose each query on a slider, one more (or null),
    shown    int32    positions that were looked at, 0 for the start
and in the schema metadata a key `lso` with JSON: version, study, task, model, method, seed,
settings (of the method entry), packages, code.
"""

import json
from importlib.metadata import version

import numpy as np
import pyarrow as pa

VERSION = 1
PACKAGES = ("torch", "botorch", "gpytorch", "rdkit", "selfies", "numpy", "scipy")
KEYS = ("version", "study", "task", "model", "method", "seed", "settings", "packages", "code")


def schema(image: bool = False) -> pa.Schema:
    """Return the columns; `image` makes x binary."""
    return pa.schema(
        [
            ("round", pa.int32()),
            ("query", pa.int32()),
            ("x", pa.binary() if image else pa.string()),
            ("z", pa.list_(pa.float64())),
            ("y", pa.float64()),
            ("valid", pa.bool_()),
            ("seconds", pa.float64()),
        ]
    )


def table(z, x: list, y, seconds, queries_per_round: int, metadata: dict, shown=None) -> pa.Table:
    """Assemble a history.

    Args:
        z: (n, d) latent points.
        x: n objects, `None` where invalid.
        y: (n,) scores.
        seconds: (n,) wall clock of each query.
        queries_per_round: of the method.
        metadata: the keys of the contract but `version` and `packages`, which are added.
        shown: (n,) positions that were looked at; None if the method offers no sliders.
    """
    query = np.arange(len(x), dtype=np.int32)
    y = np.asarray(y, dtype=float)
    valid = np.array([item is not None for item in x], dtype=bool) & ~np.isnan(y)
    columns = [
        query // np.int32(queries_per_round),
        query,
        x,
        list(np.asarray(z, dtype=float)),
        y,
        valid,
        np.asarray(seconds, dtype=float),
    ]
    types = schema(image=any(isinstance(item, bytes) for item in x))
    arrays = [
        pa.array(c, type=t, from_pandas=False) for c, t in zip(columns, types.types, strict=True)
    ]
    record = {"version": VERSION, "packages": packages()} | metadata
    if set(record) != set(KEYS):
        raise ValueError(f"history metadata must have the keys {KEYS}, came {tuple(record)}")
    written = pa.Table.from_arrays(
        arrays, schema=types.with_metadata({"lso": json.dumps(record, sort_keys=True)})
    )
    if shown is None:
        return written
    return written.append_column("shown", pa.array(np.asarray(shown, dtype=np.int32)))


def metadata(history: pa.Table | pa.Schema) -> dict:
    """Read a history's metadata; raises ValueError if it is not one or of another version."""
    types = history if isinstance(history, pa.Schema) else history.schema
    raw = (types.metadata or {}).get(b"lso")
    if raw is None:
        raise ValueError("not a history: its schema metadata has no key 'lso'")
    record = json.loads(raw)
    version = record.get("version") if isinstance(record, dict) else None
    if version != VERSION:
        raise ValueError(f"history of version {version}; known: {VERSION}")
    return record


def packages() -> dict[str, str]:
    """Versions of the packages that decide numbers."""
    return {name: version(name) for name in PACKAGES}
