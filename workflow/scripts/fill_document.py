"""Put the tables of a document anew, from the finished runs."""

from collections import defaultdict
from pathlib import Path

from lso.evaluation.documents import fill
from lso.job import begin
from lso.storage import read_frame, write

if "snakemake" in globals():
    begin(snakemake.log[0])
    files, params = snakemake.input, snakemake.params
    tables = defaultdict(dict)
    for path in map(Path, files.get("tables", [])):
        tables[path.parent.name][path.stem] = read_frame(path)
    published = {name: read_frame(files[name]) for name in params.published}
    text = fill(Path(files.text).read_text(encoding="utf-8"), tables, published, params.answers)
    write(snakemake.output[0], lambda part: part.write_text(text, encoding="utf-8"), Path.read_text)
