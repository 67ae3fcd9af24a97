"""Pack the finished tables of a study, and list them."""

from pathlib import Path

from lso.archive import files_of, pack_study
from lso.job import begin
from lso.storage import write, write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    study, config = snakemake.wildcards.study, snakemake.params.config
    listed = []
    for (task, kind), table in pack_study(Path("results"), config, study).items():
        write_table(Path(snakemake.params.archive, study, task, f"{kind}.parquet"), table)
        listed += [f"{task}/{file}" for file in files_of(table.schema)]
    text = "\n".join(listed) + "\n"
    write(snakemake.output[0], lambda p: p.write_text(text), Path.read_text)
