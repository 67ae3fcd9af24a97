"""Download one file of a data set, or take it from the mirror, and verify it."""

import logging
import sys
from pathlib import Path

from lso.download import fetch
from lso.job import begin

if "snakemake" in globals():
    begin(snakemake.log[0])
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    name, source = snakemake.wildcards.file, dict(snakemake.params.source)
    fetch(name, source, Path(snakemake.output[0]), snakemake.config["mirror"])
