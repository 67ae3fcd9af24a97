include: "../inputs/datasets.smk"


rule download_file:
    output:
        "results/downloads/{dataset}/{file}",
    params:
        source=setting("datasets", "{dataset}", "files", "{file}"),
    log:
        "results/logs/download_file/{dataset}/{file}.log",
    retries: 2
    localrule: True
    conda:
        "../../envs/lso.yaml"
    message:
        "Downloading {wildcards.file} of {wildcards.dataset} and verifying its checksum."
    script:
        "../scripts/download_file.py"


rule prepare_dataset:
    input:
        dataset_files,
    output:
        "results/datasets/{dataset}/objects.parquet",
    params:
        dataset=setting("datasets", "{dataset}"),
        code=dataset_code,
    log:
        "results/logs/prepare_dataset/{dataset}.log",
    threads: config["resources"]["prepare_dataset"]["threads"]
    resources:
        mem_mb=resource("prepare_dataset", "mem_mb"),
        runtime=resource("prepare_dataset", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Turning the data set {wildcards.dataset} into objects."
    script:
        "../scripts/prepare_dataset.py"


rule score_objects:
    input:
        task_objects,
    output:
        "results/tasks/{task}/objects.parquet",
    params:
        task=setting("tasks", "{task}"),
        code=task_code,
    log:
        "results/logs/score_objects/{task}.log",
    threads: config["resources"]["score_objects"]["threads"]
    resources:
        mem_mb=resource("score_objects", "mem_mb"),
        runtime=resource("score_objects", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Scoring the initial objects of the task {wildcards.task}."
    script:
        "../scripts/score_objects.py"
