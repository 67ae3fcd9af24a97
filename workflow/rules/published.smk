# `make published`: config/published once more, from what the authors released
use rule download_file as download_released_runs with:
    output:
        "results/downloads/published/{file}",
    params:
        source=setting("released_runs", "{file}"),
    log:
        "results/logs/download_released_runs/{file}.log",
    message:
        "Downloading {wildcards.file}, the authors' released runs."


rule rebuild_published:
    input:
        runs=expand("results/downloads/published/{file}", file=config["released_runs"]),
        table=FRAMES["published"],  # keeps the settings of which only a figure exists
    output:
        table="results/published/weighted_retraining.csv",
        audit="results/published/audit.csv",
    params:
        code=code("rebuild_published"),
    log:
        "results/logs/rebuild_published.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Rebuilding the published tables from the released runs."
    script:
        "../scripts/rebuild_published.py"
