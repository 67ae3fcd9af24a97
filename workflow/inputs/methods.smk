# Inputs, params and code of the rules for runs, and for what is measured on a model.


def architecture_of(wildcards):
    return model_of(wildcards)["architecture"]


def method_of(wildcards):
    """Settings of a method, without what is only shown to readers."""
    return {k: v for k, v in config["methods"][wildcards.method].items() if k != "label"}


@once_per("task", "model", "method")
def run_code(wildcards):
    """Fingerprint of all code that decides a history."""
    return code(
        "run_method",
        ("methods", method_of(wildcards)),
        ("models", model_of(wildcards)["architecture"]),
        ("objectives", task_of(wildcards)["objective"]),
    )


def block_of(wildcards):
    """(index of this block, number of blocks); the last block is the one without a wildcard."""
    blocks = run_of(wildcards).get("blocks", 1)
    return int(wildcards.get("block", blocks)), blocks


def block_inputs(wildcards):
    """Objects if the task has any; a trained model's checkpoint or what the block before left."""
    run = RUN.format(**wildcards)
    block, _ = block_of(wildcards)
    inputs = {}
    if "dataset" in task_of(wildcards):
        inputs["objects"] = f"results/tasks/{wildcards.task}/objects.parquet"
    if "targets" in task_of(wildcards):
        inputs["targets"] = f"results/tasks/{task_of(wildcards)['targets']}/objects.parquet"
    if "task" in model_of(wildcards):
        inputs["model"] = f"results/models/{wildcards.model}/checkpoint.safetensors"
    if block > 1:
        inputs["model"] = f"{run}/blocks/{block - 1}.safetensors"
        inputs["history"] = f"{run}/blocks/{block - 1}.parquet"
    return inputs


def block_queries(wildcards):
    """How far this block queries, and the budget of the run."""
    block, blocks = block_of(wildcards)
    budget = run_of(wildcards)["queries"]
    return {"stop": -(-budget * block // blocks), "budget": budget}


def stages(wildcards):
    """(stage, model file): before a run, after each of its blocks, at its end."""
    run = RUN.format(**wildcards)
    entry = run_of(wildcards)
    blocks = entry.get("blocks", 1)
    return [
        ("before", f"results/models/{wildcards.model}/checkpoint.safetensors"),
        *(
            (f"query {-(-entry['queries'] * block // blocks)}", f"{run}/blocks/{block}.safetensors")
            for block in range(1, blocks)
        ),
        ("after", f"{run}/state.safetensors"),
    ]


def stage_names(wildcards):
    return [stage for stage, _ in stages(wildcards)]


def stage_models(wildcards):
    return [path for _, path in stages(wildcards)]


def end_names(wildcards):
    return ["before", "after"]


def end_models(wildcards):
    models = stage_models(wildcards)
    return [models[0], models[-1]]


@once_per("task", "model")
def decode_code(wildcards):
    return code(
        "map_latents",
        ("models", model_of(wildcards)["architecture"]),
        ("objectives", task_of(wildcards)["objective"]),
    )


def label_of(wildcards):
    return config["methods"][wildcards.method].get("label", wildcards.method)


def detection_code(wildcards):
    protocol = config["studies"][wildcards.study]["detection"]["protocols"][wildcards.protocol]
    return code(
        "score_latents",
        ("models", model_of(wildcards)["architecture"]),
        *(("latent_scores", entry) for entry in protocol["scores"].values()),
    )


def gradient_code(wildcards):
    scores = config["studies"][wildcards.study]["gradients"]["scores"].values()
    return code(
        "compare_gradients",
        ("models", model_of(wildcards)["architecture"]),
        *(("latent_scores", entry) for entry in scores),
    )


def slice_of(wildcards):
    return config["studies"][wildcards.study]["slices"][wildcards.slice]


def slice_inputs(wildcards):
    return {
        "objects": f"results/tasks/{slice_of(wildcards)['task']}/objects.parquet",
        "model": f"results/models/{slice_of(wildcards)['model']}/checkpoint.safetensors",
    }


def slice_objective(wildcards):
    return config["tasks"][slice_of(wildcards)["task"]]["objective"]


def slice_methods(wildcards):
    """Label -> settings of the methods whose paths are drawn."""
    entries = [dict(config["methods"][name]) for name in slice_of(wildcards)["methods"]]
    return {entry.pop("label"): entry for entry in entries}


def slice_code(wildcards):
    entry = slice_of(wildcards)
    return code(
        "slice_latents",
        *(("methods", method) for method in slice_methods(wildcards).values()),
        ("models", config["models"][entry["model"]]["architecture"]),
        ("objectives", slice_objective(wildcards)),
        ("latent_scores", entry["settings"]["score"]),
    )


def spectra_models(wildcards):
    """Model -> its architecture and the seeds of its cases."""
    return {
        model: {"architecture": config["models"][model]["architecture"], "seeds": seeds}
        for model, seeds in config["studies"][wildcards.study]["spectra"].items()
    }


def spectra_inputs(wildcards):
    """Checkpoints of those models that are trained; the others are built anew for every seed."""
    return {
        model: f"results/models/{model}/checkpoint.safetensors"
        for model in spectra_models(wildcards)
        if "task" in config["models"][model]
    }


def spectra_code(wildcards):
    entries = [entry["architecture"] for entry in spectra_models(wildcards).values()]
    return code("measure_spectra", *(("models", entry) for entry in entries))


def strips_model(wildcards):
    model = config["studies"][wildcards.study]["strips"]["model"]
    return f"results/models/{model}/checkpoint.safetensors"


def strips_code(wildcards):
    model = config["studies"][wildcards.study]["strips"]["model"]
    return code("decode_sliders", ("models", config["models"][model]["architecture"]))
