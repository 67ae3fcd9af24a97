"""Pack the finished tables of a study, and list them."""

import sys
from pathlib import Path

from lso.archive import files_of, pack_study
from lso.storage import write, write_table

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    study, config = snakemake.wildcards.study, snakemake.params.config
    listed = []
    for (task, kind), table in pack_study(Path("results"), config, study).items():
        write_table(Path(snakemake.params.archive, study, task, f"{kind}.parquet"), table)
        listed += [f"{task}/{file}" for file in files_of(table.schema)]
    text = "\n".join(listed) + "\n"
    write(snakemake.output[0], lambda p: p.write_text(text), Path.read_text)
