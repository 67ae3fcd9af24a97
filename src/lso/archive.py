"""Tables of finished runs, packed so that a clone redraws figures without running anything.

`results/archive/{study}/{task}/{kind}.parquet` holds all tables of one kind (`KINDS`; for what
belongs to no task, see `PROBES`, such as `detection/detection.parquet`), one below another: the
column `file` names the table that a row belongs to, by its path below `results/{study}/{task}`,
and the schema metadata keep, for every file, its own metadata and its recipe (`lso.recipes`).
`results/archive/{study}/training.csv` has the seconds that training the models took.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePath

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lso.recipes import KINDS, PROBES, recipe
from lso.storage import DamagedFile, StorageError, read_table

KEY = b"archive"


def pack(tables: Mapping[str, pa.Table], recipes: Mapping[str, str]) -> pa.Table:
    """Put tables of one kind below one another.

    Args:
        tables: file -> its table; a column that only some have is null in the others.
        recipes: file -> its recipe.
    """
    files = {
        name: {"recipe": recipes[name], "metadata": _decoded(table.schema.metadata)}
        for name, table in tables.items()
    }
    marked = [
        table.append_column("file", pa.array([name] * len(table), pa.string()).dictionary_encode())
        for name, table in tables.items()
    ]
    plain = [table.replace_schema_metadata() for table in marked]
    packed = pa.concat_tables(plain, promote_options="default").unify_dictionaries()
    return packed.replace_schema_metadata({KEY: json.dumps(files)})


def read_archive(path: Path) -> pa.Table:
    """Read an archive; StorageError if it cannot be read or is none."""
    try:
        table = read_table(path)
        files_of(table.schema)
    except DamagedFile as error:  # part of the repository: nothing makes it again
        raise StorageError(f"the archive is damaged ({error}); check it out again") from error
    except ValueError as error:
        raise StorageError(f"{path} is no archive: {error}; check it out again") from error
    return table


def unpack(archive: pa.Table) -> dict[str, pa.Table]:
    """Return all tables of an archive as they were, by file, each with its metadata.

    Raises:
        StorageError: the rows of a file are not below one another.
    """
    tables, column = archive.drop_columns("file"), archive["file"]
    counts = column.value_counts().to_pylist()  # in the order of the rows
    lengths = {count["values"]: count["counts"] for count in counts}
    runs = pc.run_end_encode(column.combine_chunks().cast(pa.string())).values
    if len(runs) != len(lengths):
        raise StorageError("the archive's files are mixed up; check it out again")
    starts = dict(zip(lengths, np.cumsum([0, *lengths.values()]).tolist(), strict=False))
    return {
        file: tables.slice(starts.get(file, 0), lengths.get(file, 0)).replace_schema_metadata(
            entry["metadata"]
        )
        for file, entry in files_of(archive.schema).items()
    }


def archived(folder: Path, config: Mapping) -> dict[str, Path]:
    """Files below `results` that an archive holds and today's config asks for, and their archive.

    Args:
        folder: `results/archive`.
        config: of the workflow.

    Raises:
        StorageError: a file of the archive cannot be read or is none.
    """
    found = {}
    for path in sorted(folder.glob("*/*/*.parquet")):
        study, task = path.parts[-3:-1]
        try:
            files = files_of(pq.read_schema(path))
        except (OSError, pa.ArrowException, ValueError) as error:
            raise StorageError(
                f"cannot read the archive {path}: {error}; check it out again"
            ) from error
        for file in _asked_for(files, config, study, task):
            found[f"results/{study}/{task}/{file}"] = path
    return found


def files_of(schema: pa.Schema) -> dict[str, dict]:
    """Files of an archive -> recipe and metadata of each; ValueError if it is not an archive."""
    if KEY not in (schema.metadata or {}):
        raise ValueError(f"its schema metadata have no key {KEY.decode()!r}")
    files = json.loads(schema.metadata[KEY])
    if not isinstance(files, dict) or not all(isinstance(file, dict) for file in files.values()):
        raise ValueError(f"expected a mapping of files under {KEY.decode()!r}")
    return files


def pack_study(
    results: Path, config: Mapping, study: str, folder: Path | None = None
) -> dict[tuple[str, str], pa.Table]:
    """Pack what a study has finished and its config asks for: (task, kind) -> archive.

    Args:
        results: where the study's tables are.
        config: of the workflow.
        study: its name.
        folder: `results/archive`; what it holds of today's config, and `results` lacks, stays.
    """
    packed = {}
    tasks = sorted({run["task"] for run in config["studies"][study]["runs"]})
    patterns = {(task, kind): f"**/{kind}.parquet" for task in tasks for kind in KINDS}
    patterns |= {(place, place): pattern for place, pattern in PROBES.items()}
    for (task, kind), pattern in patterns.items():
        root = results / study / task
        paths = {path.relative_to(root).as_posix(): path for path in root.glob(pattern)}
        today = {name: recipe(config, study, task, name) for name in paths}
        recipes = {name: made_by for name, made_by in today.items() if made_by}
        tables = {name: read_table(paths[name]) for name in recipes}
        known = folder / study / task / f"{kind}.parquet" if folder else None
        if known and known.exists():
            archive = read_archive(known)
            kept = _asked_for(files_of(archive.schema), config, study, task)
            recipes = kept | recipes
            known_tables = unpack(archive)
            tables = {name: known_tables[name] for name in kept} | tables
        shown = _shown(config["studies"][study], task)
        if kind == "history" and "history" not in shown:
            tables = {name: lean(table, "best" in shown) for name, table in tables.items()}
        if tables:
            names = sorted(tables, key=PurePath)
            packed[task, kind] = pack({name: tables[name] for name in names}, recipes)
    return packed


def lean(history: pa.Table, objects: bool) -> pa.Table:
    """Leave out z, which no figure shows; what has been without z before stays as it is.

    Args:
        history: of a run.
        objects: whether a figure shows objects. If none does, digests take the place of images and
            vectors, so that equal ones stay equal; text stays, for it is short, and people read it.
    """
    if history["z"].null_count == len(history):
        return history
    x, z = history["x"], history["z"]
    if pa.types.is_binary(x.type) and not objects:
        digests = [v and hashlib.blake2b(v, digest_size=8).digest() for v in x.to_pylist()]
        history = _with_column(history, "x", pa.array(digests, x.type))
    return _with_column(history, "z", pa.nulls(len(history), z.type))


def training_seconds(paths: Sequence[Path | str]) -> dict[str, float]:
    """Model -> seconds of its training: from benchmark files, else from those of an archive.

    Args:
        paths: `{model}.tsv` as Snakemake's benchmarks write them, and `training.csv` with the
            columns model and seconds.
    """
    known: dict[str, float] = {}
    for path in map(Path, paths):
        if path.suffix == ".csv":
            frame = pd.read_csv(path)
            known = dict(zip(frame["model"], frame["seconds"], strict=True)) | known
        else:
            known[path.stem] = float(pd.read_csv(path, sep="\t")["s"].sum())
    return known


def _with_column(table: pa.Table, name: str, column: pa.Array) -> pa.Table:
    index = table.schema.get_field_index(name)
    return table.set_column(index, table.schema.field(name), column)


def _asked_for(
    files: Mapping[str, Mapping], config: Mapping, study: str, task: str
) -> dict[str, str]:
    """Files of an archive of which today's config asks for the same, and their recipes."""
    today = {file: recipe(config, study, task, file) for file in files}
    return {
        file: today[file]
        for file, entry in files.items()
        if entry.get("recipe") == today[file] is not None
    }


def _shown(study: Mapping, task: str) -> set[str]:
    """Frames of the runs of a task, such as history and best, that the figures of a study show."""
    frames = [figure["frames"] for figure in study.get("figures", {}).values()]
    return {
        name
        for entry in frames
        if isinstance(entry, Mapping)
        for name, wildcards in entry.items()
        if (wildcards or {}).get("task") == task
    }


def _decoded(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}
