"""Download one file of a data set, or take it from the mirror, and verify it."""

import logging
import sys
from pathlib import Path

from lso.download import fetch

if "snakemake" in globals():
    sys.stdout = sys.stderr = open(snakemake.log[0], "w", buffering=1)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    name, source = snakemake.wildcards.file, dict(snakemake.params.source)
    fetch(name, source, Path(snakemake.output[0]), snakemake.config["mirror"])
