"""Write the tables that the archive holds to where the runs would have written them."""

import sys
from functools import cache
from pathlib import PurePath

from lso.archive import unpack
from lso.storage import read_table, write_table

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    read = cache(read_table)
    for path, archive in zip(snakemake.output, snakemake.params.archives, strict=True):
        _, _, _, *file = PurePath(path).parts
        write_table(path, unpack(read(archive), "/".join(file)))
