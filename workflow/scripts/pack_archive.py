"""Pack the finished tables of a study, and list them."""

from pathlib import Path

import pandas as pd

from lso.archive import files_of, pack_study, training_seconds
from lso.job import begin
from lso.storage import write, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    study, config = snakemake.wildcards.study, snakemake.params.config
    listed = []
    for (task, kind), table in pack_study(Path("results"), config, study).items():
        write_table(Path(snakemake.params.archive, study, task, f"{kind}.parquet"), table)
        listed += [f"{task}/{file}" for file in files_of(table.schema)]
    models = {run["model"] for run in config["studies"][study]["runs"]}
    timings = sorted(Path("results/benchmarks/train_model").glob("*.tsv"))
    seconds = training_seconds([path for path in timings if path.stem in models])
    frame = pd.DataFrame({"model": seconds.keys(), "seconds": seconds.values()})
    path = Path(snakemake.params.archive, study, "training.csv")
    write(path, lambda p: frame.to_csv(p, index=False), pd.read_csv)
    text = "\n".join(listed) + "\n"
    write(snakemake.output[0], lambda p: p.write_text(text), Path.read_text)
