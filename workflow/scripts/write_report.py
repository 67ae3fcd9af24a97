"""Write the replication report: the page, and its claims as Markdown."""

from pathlib import Path

from lso.archive import training_seconds
from lso.evaluation.replication import Study, markdown, render, replication
from lso.job import begin
from lso.storage import DamagedFile, read_frame, read_history, write


def read_picture(path: Path) -> bytes:
    """Read one of the pictures of a folder; without it, the folder counts as damaged."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamagedFile(path.parent, f"cannot read {path}: {error}; draw it again") from error


def read_study(name: str, entry: dict, files) -> Study:
    """Read what the rule's inputs hold of a study; claims.csv is one of its tables."""
    own = [path for path in files if Path(path).parts[:2] == ("results", name)]
    histories = [path for path in own if path.endswith("history.parquet")]
    records = [read_history(path, ["query"])[0] for path in histories]
    now = [entry["codes"][path] for path in histories]
    tables = {p.stem: read_frame(p) for p in map(Path, own) if len(p.parts) == 3}
    pictures = [(caption, Path(path)) for path, caption in entry["captions"].items()]
    return Study(
        name,
        entry["title"],
        entry["planned"],
        tables.pop("claims"),
        tables,
        [r | {"current": r["code"] == code} for r, code in zip(records, now, strict=True)],
        [(caption, path.name, read_picture(path)) for caption, path in pictures],
    )


if "snakemake" in globals():
    begin(snakemake.log[0])
    files, params = snakemake.input, snakemake.params
    facts = replication(
        [read_study(name, entry, files) for name, entry in params.studies.items()],
        params.settings,
        {name: read_frame(files[name]) for name in params.published},
        training_seconds(files.get("timings", [])),
        params.trained,
        params.datasets,
    )
    for path, text in {
        snakemake.output.page: render(Path(files.template).read_text(), facts),
        snakemake.output.summary: markdown(facts),
    }.items():
        write(path, lambda p, t=text: p.write_text(t, encoding="utf-8"), Path.read_text)
