"""Pack finished studies, and the workflow that made them, as a research object."""

import shutil
import tempfile
import zipfile
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import yaml

from lso.evaluation.crate import Finished, add_sources, add_study, add_text, begin_crate
from lso.job import begin
from lso.storage import StorageError, digest_of, read_history, write

FOLDERS = ("config", "docs", "workflow", "src", "envs", "profiles")
FILES = ("README.md", "LICENSE", "CITATION.cff", "CHANGELOG.md", "Makefile", "pyproject.toml")


def finished(entry: dict) -> Finished:
    """What a study left, with the metadata of its histories."""
    made = entry["made"]
    ended = datetime.fromtimestamp(max(Path(path).stat().st_mtime for path in made), UTC)
    histories = [path for path in made if path.endswith("history.parquet")]
    records = {path: read_history(path, ["query"])[0] for path in histories}
    return Finished(ended=ended.isoformat("T", "seconds"), records=records, **entry)


def is_whole(path: Path) -> None:
    """Raise StorageError where an archive does not hold what was written."""
    with zipfile.ZipFile(path) as archive:
        if (damaged := archive.testzip()) is not None:
            raise StorageError(f"{damaged} in {path} is damaged")


if "snakemake" in globals():
    begin(snakemake.log[0])
    params, root = snakemake.params, Path(snakemake.params.root)
    about = yaml.safe_load((root / "CITATION.cff").read_text())
    digests = {path: digest_of(path) for path in snakemake.input}
    with tempfile.TemporaryDirectory() as staged:
        crate = begin_crate(root, about, version("snakemake"))
        for folder in FOLDERS:
            unwanted = shutil.ignore_patterns("__pycache__", "*.egg-info")
            copy = shutil.copytree(root / folder, Path(staged, folder), ignore=unwanted)
            crate.add_dataset(copy, folder, properties={"name": folder})
        for file in filter(lambda name: (root / name).exists(), FILES):
            add_text(crate, root, file)
        add_sources(crate, params.sources, params.licences)
        for name, entry in params.studies.items():
            add_study(crate, name, finished(entry), digests)
        write(snakemake.output[0], crate.write_zip, is_whole)
