# Inputs and code of the rules for data sets and tasks.


def dataset_files(wildcards):
    """Downloads of a data set; none for a generated one."""
    files = config["datasets"][wildcards.dataset].get("files", {})
    return [f"results/downloads/{wildcards.dataset}/{name}" for name in files]


def task_objects(wildcards):
    return f"results/datasets/{task_of(wildcards)['dataset']}/objects.parquet"


def dataset_code(wildcards):
    entry = config["datasets"][wildcards.dataset]
    return code("prepare_dataset", ("datasets", entry))


def task_code(wildcards):
    return code("score_objects", ("objectives", task_of(wildcards)["objective"]))
