"""Write the tables that the archive holds to where the runs would have written them."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lso.archive import read_archive, unpack
from lso.job import begin
from lso.storage import write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    wanted = set(snakemake.output)
    with ThreadPoolExecutor(4) as pool:  # a table mostly waits for the disk
        for archive in map(Path, snakemake.params.digests):
            folder = "/".join(["results", *archive.parts[-3:-1]])
            tables = {
                f"{folder}/{file}": table for file, table in unpack(read_archive(archive)).items()
            }
            found = sorted(wanted & tables.keys())
            list(pool.map(write_table, found, [tables[path] for path in found]))
