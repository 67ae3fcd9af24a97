rule train_model:
    input:
        objects=model_objects,
    output:
        checkpoint="results/models/{model}/checkpoint.safetensors",
        training="results/models/{model}/training.parquet",
    params:
        model=lookup(dpath="models/{model}", within=config),
        code=model_code,
    log:
        "results/logs/train_model/{model}.log",
    benchmark:
        "results/benchmarks/train_model/{model}.tsv"
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
