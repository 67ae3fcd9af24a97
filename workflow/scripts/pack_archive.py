"""Pack the finished tables of a study, and list them."""

from pathlib import Path

import pandas as pd

from lso.archive import files_of, pack_study, training_seconds
from lso.job import begin
from lso.storage import StorageError, write, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    study, config = snakemake.wildcards.study, snakemake.params.config
    archive, listed = Path(snakemake.params.archive), []
    packed = pack_study(Path("results"), config, study, archive)
    if not packed:
        raise StorageError(f"no run of {study} has finished: nothing to pack; snakemake {study}")
    for (task, kind), table in packed.items():
        write_table(archive / study / task / f"{kind}.parquet", table)
        listed += [f"{task}/{file}" for file in files_of(table.schema)]
    models = {run["model"] for run in config["studies"][study]["runs"]}
    timings = sorted(Path("results/benchmarks/train_model").glob("*.tsv"))
    path = archive / study / "training.csv"
    known = [path] if path.exists() else []
    seconds = training_seconds([*known, *timings])
    rows = [(model, value) for model, value in seconds.items() if model in models]
    frame = pd.DataFrame(rows, columns=["model", "seconds"])
    write(path, lambda p: frame.to_csv(p, index=False), pd.read_csv)
    text = "\n".join(listed) + "\n"
    write(snakemake.output[0], lambda p: p.write_text(text), Path.read_text)
