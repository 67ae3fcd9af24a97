"""Write the tables that the archive holds to where the runs would have written them."""

from functools import cache
from pathlib import PurePath

from lso.archive import read_archive, unpack
from lso.job import begin
from lso.storage import write_table

if "snakemake" in globals():
    begin(snakemake.log[0])
    read = cache(read_archive)
    for path, archive in zip(snakemake.output, snakemake.params.archives, strict=True):
        _, _, _, *file = PurePath(path).parts
        write_table(path, unpack(read(archive), "/".join(file)))
