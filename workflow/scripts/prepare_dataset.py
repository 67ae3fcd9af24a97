"""Turn the files of a data set into a table of objects."""

import logging
import sys
from pathlib import Path

import pyarrow as pa

from lso.components import build
from lso.storage import write_table


def prepare(entry: dict, paths: list[str]) -> pa.Table:
    """Return the objects of a data set, column x."""
    entry = {key: value for key, value in entry.items() if key != "files"}
    files = {Path(path).name: Path(path).read_bytes() for path in paths}
    return pa.table({"x": build("datasets", entry).objects(files)})


if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    write_table(snakemake.output[0], prepare(snakemake.params.dataset, list(snakemake.input)))
