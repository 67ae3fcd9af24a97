"""Turn the files of a data set into a table of objects."""

import logging
import sys
from pathlib import Path

import pyarrow as pa

from lso.components import build
from lso.job import begin
from lso.storage import read_verified, write_table


def prepare(entry: dict, paths: list[str]) -> pa.Table:
    """Return the objects of a data set, column x."""
    sources = entry.get("files", {})
    names = {Path(path).name: path for path in paths}
    files = {name: read_verified(path, sources[name]["sha256"]) for name, path in names.items()}
    entry = {key: value for key, value in entry.items() if key != "files"}
    return pa.table({"x": build("datasets", entry).objects(files)})


if "snakemake" in globals():
    begin(snakemake.log[0])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    write_table(snakemake.output[0], prepare(snakemake.params.dataset, list(snakemake.input)))
