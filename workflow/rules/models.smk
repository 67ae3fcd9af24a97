include: "../inputs/models.smk"


rule train_model:
    input:
        objects=model_objects,
    output:
        checkpoint="results/models/{model}/checkpoint.safetensors",
        training="results/models/{model}/training.parquet",
    params:
        model=setting("models", "{model}"),
        code=model_code,
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/benchmarks/train_model/{model}.tsv"
    wildcard_constraints:
        model=models_with("training"),
    threads: config["resources"]["train_model"]["threads"]
    resources:
        mem_mb=resource("train_model", "mem_mb"),
        runtime=resource("train_model", "runtime"),
        gpu=config["resources"]["train_model"]["gpu"],
    conda:
        "../../envs/lso.yaml"
    message:
        "Training the model {wildcards.model}."
    script:
        "../scripts/train_model.py"


use rule download_file as download_weights with:
    output:
        "results/downloads/models/{model}/{file}",
    params:
        source=setting("models", "{model}", "weights", "{file}"),
    log:
        "results/logs/download_weights/{model}/{file}.log",
    message:
        "Downloading {wildcards.file} of {wildcards.model} and verifying its checksum."


# Weights that others released become the checkpoint that training would have written
rule import_model:
    input:
        weights_file,
    output:
        "results/models/{model}/checkpoint.safetensors",
    params:
        architecture=setting("models", "{model}", "architecture"),
        weights=setting("models", "{model}", "weights"),
        code=import_code,
    log:
        "results/logs/import_model/{model}.log",
    wildcard_constraints:
        model=models_with("weights"),
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Importing the released weights of {wildcards.model}."
    script:
        "../scripts/import_model.py"
