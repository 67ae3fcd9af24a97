# Constraints, paths and input helpers; no rules.
import functools
import os
import sys

SRC = Path(workflow.basedir) / "src"
# the code that is hashed is the code that runs: installed or not, activated or not
sys.path.insert(0, str(SRC))
os.environ.update(
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.getenv("PATH", "")]),
    PYTHONPATH=os.pathsep.join(filter(None, [str(SRC), os.getenv("PYTHONPATH")])),
)

from lso import components, validation

fingerprint = functools.cache(components.fingerprint)

if workflow.is_main_process:
    validation.check(config, Path(workflow.basedir))

RUN = "results/{study}/{task}/{model}/{method}/seed{seed}"
HISTORY = f"{RUN}/history.parquet"


wildcard_constraints:
    study="|".join(config["studies"]),
    dataset="|".join(config["datasets"]),
    task="|".join(config["tasks"]),
    model="|".join(config["models"]),
    method="|".join(config["methods"]),
    seed=r"\d+",
    block=r"\d+",
    figure=r"[\w-]+",
    extension="pdf|png",


def code(script, *entries):
    """Fingerprint of a script and of the (role, entry) components that the config names."""
    names = [n for role, entry in entries for n in components.modules(role, entry)]
    return fingerprint(str(Path(workflow.basedir, "workflow", "scripts", f"{script}.py")), *names)


def resource(rule, name):
    """A resource of the config; memory and time grow with every attempt."""
    value = config["resources"][rule][name]
    return lambda wildcards, attempt: value * attempt


def run_of(wildcards):
    """The block of runs of a study to which a history belongs."""
    return next(
        run
        for run in config["studies"][wildcards.study]["runs"]
        if run["task"] == wildcards.task
        and run["model"] == wildcards.model
        and wildcards.method in run["methods"]
        and int(wildcards.seed) in run["seeds"]
    )


def histories(study, keep=lambda run: True):
    """Paths of all histories of a study."""
    return [
        HISTORY.format(study=study, method=method, seed=seed, **run)
        for run in config["studies"][study]["runs"]
        if keep(run)
        for method in run["methods"]
        for seed in run["seeds"]
    ]


def task_of(wildcards):
    return config["tasks"][wildcards.task]


def model_of(wildcards):
    return config["models"][wildcards.model]


def method_of(wildcards):
    """Settings of a method, without what is only shown to readers."""
    return {k: v for k, v in config["methods"][wildcards.method].items() if k != "label"}


def run_code(wildcards):
    """Fingerprint of all code that decides a history."""
    return code(
        "run_method",
        ("methods", method_of(wildcards)),
        ("models", model_of(wildcards)["architecture"]),
        ("objectives", task_of(wildcards)["objective"]),
    )


def dataset_code(wildcards):
    entry = config["datasets"][wildcards.dataset]
    return code("prepare_dataset", ("datasets", entry))


def task_code(wildcards):
    return code("score_objects", ("objectives", task_of(wildcards)["objective"]))


def model_code(wildcards):
    entry = model_of(wildcards)
    weighting = [("weighting", entry["weighting"])] if entry.get("weighting") else []
    return code("train_model", ("models", entry["architecture"]), *weighting)


def figure_of(wildcards):
    return config["studies"][wildcards.study]["figures"][wildcards.figure]


def figure_settings(wildcards):
    return {k: v for k, v in figure_of(wildcards).items() if k not in ("frames", "caption")}


def figure_code(wildcards):
    return code("draw_figure", ("figures", figure_of(wildcards)))


FRAMES = {
    "summary": "results/{study}/summary.parquet",
    "best": "results/{study}/{task}/best.parquet",
    "published": f"{workflow.basedir}/config/published/weighted_retraining.csv",
    "objects": "results/tasks/{task}/objects.parquet",
    "weights": "results/{study}/{task}/weights.parquet",
    "training": "results/models/{model}/training.parquet",
    "history": HISTORY,
    "latents": f"{RUN}/latents.parquet",
    "samples": f"{RUN}/samples.parquet",
}


def figure_frames(wildcards):
    """Frame name -> paths: `frames` is a list of names or maps names to wildcard values."""
    frames = figure_of(wildcards)["frames"]
    frames = frames if isinstance(frames, dict) else {name: {} for name in frames}
    return {
        name: expand(FRAMES[name], **({"study": wildcards.study} | (values or {})))
        for name, values in frames.items()
    }


def study_outputs(study):
    """All that a study shows: claims, summary and figures."""
    figures = config["studies"][study].get("figures", {})
    return [
        f"results/{study}/claims.csv",
        f"results/{study}/summary.parquet",
        *expand(
            "results/{study}/figures/{figure}.{extension}",
            study=study,
            figure=figures,
            extension=["pdf", "png"],
        ),
    ]


def dataset_files(wildcards):
    """Downloads of a data set; none for a generated one."""
    files = config["datasets"][wildcards.dataset].get("files", {})
    return [f"results/downloads/{wildcards.dataset}/{name}" for name in files]


def task_objects(wildcards):
    return f"results/datasets/{task_of(wildcards)['dataset']}/objects.parquet"


def model_objects(wildcards):
    return f"results/tasks/{model_of(wildcards)['task']}/objects.parquet"


def block_of(wildcards):
    """(index of this block, number of blocks); the last block is the one without a wildcard."""
    blocks = run_of(wildcards).get("blocks", 1)
    return int(wildcards.get("block", blocks)), blocks


def block_inputs(wildcards):
    """Objects, and the checkpoint or what the block before left."""
    run = RUN.format(**wildcards)
    block, _ = block_of(wildcards)
    inputs = {
        "objects": f"results/tasks/{wildcards.task}/objects.parquet",
        "model": f"results/models/{wildcards.model}/checkpoint.safetensors",
    }
    if block > 1:
        inputs["model"] = f"{run}/blocks/{block - 1}.safetensors"
        inputs["history"] = f"{run}/blocks/{block - 1}.parquet"
    return inputs


def block_queries(wildcards):
    """How far this block queries, and the budget of the run."""
    block, blocks = block_of(wildcards)
    budget = run_of(wildcards)["queries"]
    return {"stop": -(-budget * block // blocks), "budget": budget}


def decode_code(wildcards):
    return code(
        "map_latents",
        ("models", model_of(wildcards)["architecture"]),
        ("objectives", task_of(wildcards)["objective"]),
    )


def label_of(wildcards):
    return config["methods"][wildcards.method].get("label", wildcards.method)


def weighting_code(wildcards):
    entries = config["studies"][wildcards.study]["weightings"].values()
    return code("weigh_objects", *(("weighting", entry) for entry in entries))


def study_histories(wildcards):
    return histories(wildcards.study)


def task_histories(wildcards):
    return histories(wildcards.study, lambda run: run["task"] == wildcards.task)


def method_labels(wildcards):
    """Method name -> what figures and claims call it."""
    methods = {m for run in config["studies"][wildcards.study]["runs"] for m in run["methods"]}
    return {m: config["methods"][m].get("label", m) for m in sorted(methods)}
