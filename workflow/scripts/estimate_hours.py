"""Collect the benchmark files of finished jobs, and predict what every study costs."""

from pathlib import Path

import pandas as pd

from lso.evaluation.hours import RUN, estimate_hours
from lso.job import begin
from lso.storage import write


def seconds_of(path: Path) -> float:
    """Wall-clock seconds: a benchmark's CPU seconds are sampled, and miss the last half minute."""
    return float(pd.read_csv(path, sep="\t").s[0])


def measured_runs(folder: Path) -> pd.DataFrame:
    """One row per finished run; its earlier blocks have a number behind the seed."""
    rows = []
    for last in sorted(folder.glob("*/*/*/*/seed*.tsv")):
        if last.stem.count("."):
            continue
        blocks = [last, *last.parent.glob(f"{last.stem}.*.tsv")]
        *names, seed = last.relative_to(folder).with_suffix("").parts
        values = [*names, int(seed.removeprefix("seed")), sum(map(seconds_of, blocks))]
        rows.append(dict(zip([*RUN, "seconds"], values, strict=True)))
    return pd.DataFrame(rows, columns=[*RUN, "seconds"])


if "snakemake" in globals():
    begin(snakemake.log[0])
    folder = Path(snakemake.params.benchmarks)
    trained = {p.stem: seconds_of(p) for p in sorted(folder.glob("train_model/*.tsv"))}
    config = snakemake.params.config
    trained = {name: s for name, s in trained.items() if name in config["models"]}
    hours = estimate_hours(config, trained, measured_runs(folder / "run_method"))
    write(snakemake.output[0], lambda p: hours.round(2).to_csv(p, index=False), pd.read_csv)
