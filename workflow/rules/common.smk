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
    # glibc: keep freed memory; giving each activation back and faulting it in again costs a quarter of training
    MALLOC_MMAP_MAX_="0",
    MALLOC_TRIM_THRESHOLD_=str(2**32),
    # a job ends with the workflow that started it
    LSO_WORKFLOW=str(os.getpid()),
)

from snakemake.iocontainers import Wildcards

from lso import archive, components, driver, validation
from lso.evaluation.claims import tables_of

fingerprint = functools.cache(components.fingerprint)

if workflow.is_main_process:
    ALIVE = driver.claim(Path(".snakemake"))
    validation.check_once(config, Path(workflow.basedir), Path(".snakemake/validated"))

# path below results -> archive that holds it
ARCHIVED = (
    archive.archived(Path(workflow.basedir, "results", "archive"), config)
    if config["archive"] != "compute"
    else {}
)
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
    protocol=r"[\w-]+",
    figure=r"[\w-]+",
    extension="pdf|png|gif",


def code(script, *entries):
    """Fingerprint of a script and of the (role, entry) components that the config names."""
    names = [n for role, entry in entries for n in components.modules(role, entry)]
    return fingerprint(str(Path(workflow.basedir, "workflow", "scripts", f"{script}.py")), *names)


def resource(rule, name):
    """A resource of the config; memory and time grow with every attempt."""
    value = config["resources"][rule][name]
    return lambda wildcards, attempt: value * attempt


def archive_has(study, task, model, method, seed):
    """Whether the archive holds the history of a run."""
    run = {"study": study, "task": task, "model": model, "method": method, "seed": seed}
    return HISTORY.format(**run) in ARCHIVED


@functools.cache
def runs(study):
    """(task, model, method, seed) -> entry of every run of a study, within its `limit`."""
    entry = config["studies"][study]
    limit = entry.get("limit", {})
    return {
        (run["task"], run["model"], method, seed): run
        | {"queries": min(run["queries"], limit.get("queries", run["queries"]))}
        for run in entry["runs"]
        for method in run["methods"]
        for seed in run["seeds"][: limit.get("seeds")]
        if method in limit.get("methods", run["methods"])
        if config["archive"] != "only"
        or archive_has(study, run["task"], run["model"], method, seed)
    }


def run_of(wildcards):
    """The entry of the run to which a file belongs."""
    run = wildcards.task, wildcards.model, wildcards.method, int(wildcards.seed)
    return runs(wildcards.study)[run]


def once_per(*names):
    """Compute a function of wildcards once for all jobs that agree in the wildcards `names`."""

    def decorate(function):
        known = {}

        @functools.wraps(function)
        def recalled(wildcards):
            key = tuple(wildcards[name] for name in names)
            if key not in known:
                known[key] = function(wildcards)
            return known[key]

        return recalled

    return decorate


def run_files(study, pattern, tasks=None):
    """Paths below every run of a study, of some tasks or of all."""
    return [
        pattern.format(study=study, task=task, model=model, method=method, seed=seed)
        for task, model, method, seed in runs(study)
        if tasks is None or task in tasks
    ]


def task_of(wildcards):
    return config["tasks"][wildcards.task]


def model_of(wildcards):
    return config["models"][wildcards.model]


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


def dataset_code(wildcards):
    entry = config["datasets"][wildcards.dataset]
    return code("prepare_dataset", ("datasets", entry))


def task_code(wildcards):
    return code("score_objects", ("objectives", task_of(wildcards)["objective"]))


def model_code(wildcards):
    entry = model_of(wildcards)
    weighting = [("weighting", entry["weighting"])] if entry.get("weighting") else []
    return code("train_model", ("models", entry["architecture"]), *weighting)


def models_with(key):
    """Names of the models whose entry has a key, as a wildcard constraint."""
    return "|".join(name for name, entry in config["models"].items() if key in entry)


def weights_file(wildcards):
    """Download of the weights of an imported model."""
    return expand(
        "results/downloads/models/{model}/{file}", file=model_of(wildcards)["weights"], **wildcards
    )


def import_code(wildcards):
    return code("import_model", ("models", model_of(wildcards)["architecture"]))


def figure_of(wildcards):
    return config["studies"][wildcards.study]["figures"][wildcards.figure]


def study_title(wildcards):
    return config["studies"][wildcards.study].get("title", wildcards.study)


def figure_settings(wildcards):
    return {k: v for k, v in figure_of(wildcards).items() if k not in ("frames", "caption")}


def figure_code(wildcards):
    return code("draw_figure", ("figures", figure_of(wildcards)))


FRAMES = {
    "summary": "results/{study}/summary.parquet",
    "comparison": "results/{study}/comparison.parquet",
    "best": "results/{study}/{task}/best.parquet",
    "published": f"{workflow.basedir}/config/published/weighted_retraining.csv",
    "audit": f"{workflow.basedir}/config/published/audit.csv",
    "published_sliders": f"{workflow.basedir}/config/published/subspace_search.csv",
    "objects": "results/tasks/{task}/objects.parquet",
    "weights": "results/{study}/{task}/weights.parquet",
    "training": "results/models/{model}/training.parquet",
    "history": HISTORY,
    "latents": f"{RUN}/latents.parquet",
    "samples": f"{RUN}/samples.parquet",
    "detection": "results/{study}/detection.parquet",
    "gradients": "results/{study}/gradients.parquet",
    "gradient_points": "results/{study}/gradients/{model}.parquet",
    "published_scores": f"{workflow.basedir}/config/published/exploration_score.csv",
    "simulated_users": "results/{study}/simulated_users.parquet",
    "agreement": "results/{study}/agreement.parquet",
    "spectra": "results/{study}/spectra.parquet",
    "strips": "results/{study}/strips.parquet",
}
NOT_ARCHIVED = {  # made from the others, or part of the repository
    *("summary", "comparison", "best", "simulated_users", "agreement", "detection", "gradients"),
    *("published", "published_sliders", "published_scores", "audit"),
}
RUN_FRAMES = {"best", "history", "latents", "samples"}  # those made from runs of one task


def frames_of(study, figure):
    """Frame name -> paths of those that the study has: `frames` is a list of names or maps names
    to wildcard values."""
    entry = config["studies"][study]["figures"][figure]["frames"]
    entry = entry if isinstance(entry, dict) else {name: {} for name in entry}
    frames = {
        name: expand(FRAMES[name], **({"study": study} | (values or {})))
        for name, values in entry.items()
    }
    made = {
        name: set(run_files(study, FRAMES[name])) if name in RUN_FRAMES else paths
        for name, paths in frames.items()
    }
    if config["archive"] == "only":
        made = {
            name: made[name] if name in NOT_ARCHIVED else ARCHIVED.keys() & made[name]
            for name in frames
            if name not in POINTS or POINTS[name](Wildcards(fromdict={"study": study}))
        }
    return {name: [path for path in frames[name] if path in made.get(name, [])] for name in frames}


def figure_frames(wildcards):
    return frames_of(wildcards.study, wildcards.figure)


def figures_of(study):
    """Figures of a study, without those whose runs are beyond its `limit`."""
    names = config["studies"][study].get("figures", {})
    return [name for name in names if all(frames_of(study, name).values())]


def extensions_of(study, figure):
    """A still figure is drawn for print and for the screen, a moving one for the screen."""
    kind = config["studies"][study]["figures"][figure]["kind"]
    return ["gif"] if kind.endswith("animation") else ["pdf", "png"]


def detection_points(wildcards):
    """Scored latent points of a study, those in the archive if it is all there is."""
    detection = config["studies"][wildcards.study].get("detection", {"models": [], "protocols": []})
    points = expand(
        "results/{study}/detection/{model}/{protocol}.parquet",
        study=wildcards.study,
        model=detection["models"],
        protocol=detection["protocols"],
    )
    return [path for path in points if config["archive"] != "only" or path in ARCHIVED]


def detection_code(wildcards):
    protocol = config["studies"][wildcards.study]["detection"]["protocols"][wildcards.protocol]
    return code(
        "score_latents",
        ("models", model_of(wildcards)["architecture"]),
        *(("latent_scores", entry) for entry in protocol["scores"].values()),
    )


def gradient_points(wildcards):
    """Differentiated latent points of a study, those in the archive if it is all there is."""
    models = config["studies"][wildcards.study].get("gradients", {"models": []})["models"]
    pattern = FRAMES["gradient_points"]
    points = [pattern.format(study=wildcards.study, model=model) for model in models]
    return [path for path in points if config["archive"] != "only" or path in ARCHIVED]


def gradient_code(wildcards):
    scores = config["studies"][wildcards.study]["gradients"]["scores"].values()
    return code(
        "compare_gradients",
        ("models", model_of(wildcards)["architecture"]),
        *(("latent_scores", entry) for entry in scores),
    )


POINTS = {"detection": detection_points, "gradients": gradient_points}  # table -> what it is of


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


def claim_tables(wildcards):
    """The summary, and the other tables that the claims of a study read."""
    names = ["summary", *tables_of(config["studies"][wildcards.study]["claims"])]
    names = [name for name in names if name not in POINTS or POINTS[name](wildcards)]
    return {name: FRAMES[name].format(study=wildcards.study) for name in names}


def study_outputs(study):
    """All that a study shows: claims, summary and figures."""
    return [
        f"results/{study}/claims.csv",
        f"results/{study}/summary.parquet",
        *(
            f"results/{study}/figures/{figure}.{extension}"
            for figure in figures_of(study)
            for extension in extensions_of(study, figure)
        ),
    ]


PUBLISHED = ["published", "audit", "published_sliders", "published_scores"]


def report_figures(study):
    """Files of the figures of a study that the report shows."""
    chosen = config["report"]["figures"].get(study, figures_of(study))
    return [
        f"results/{study}/figures/{figure}.{extensions_of(study, figure)[-1]}"
        for figure in chosen
        if figure in figures_of(study)
    ]


def report_inputs(wildcards):
    """Claims, tables, figures and histories of the studies that `run` names, by what they are."""
    studies = config["run"]
    models = {model for study in studies for _, model, _, _ in runs(study)}
    timings = [
        *(f"results/benchmarks/train_model/{model}.tsv" for model in sorted(models)),
        *(f"{workflow.basedir}/results/archive/{study}/training.csv" for study in studies),
    ]
    return {name: FRAMES[name] for name in PUBLISHED} | {
        "template": f"{workflow.basedir}/workflow/report/index.html.j2",
        "claims": expand("results/{study}/claims.csv", study=studies),
        "tables": [
            path
            for study in studies
            for path in claim_tables(Wildcards(fromdict={"study": study})).values()
        ],
        "figures": [path for study in studies for path in report_figures(study)],
        "histories": [path for study in studies for path in run_files(study, HISTORY)],
        "timings": [path for path in timings if Path(path).exists()],
    }


def report_studies(wildcards):
    """What the report says of each study besides its files."""
    described = {}
    for study in config["run"]:
        entry = config["studies"][study]
        keys = ("study", "task", "model", "method", "seed")
        found = [dict(zip(keys, (study, *run), strict=True)) for run in runs(study)]
        described[study] = {
            "title": study_title(Wildcards(fromdict={"study": study})),
            "planned": sum(len(run["methods"]) * len(run["seeds"]) for run in entry["runs"]),
            "captions": {name: f.get("caption", name) for name, f in entry["figures"].items()},
            "codes": {HISTORY.format(**run): run_code(Wildcards(fromdict=run)) for run in found},
        }
    return described


def report_datasets(wildcards):
    """Entries of the data sets that the reported runs use."""
    tasks = {task for study in config["run"] for task, _, _, _ in runs(study)}
    names = sorted({config["tasks"][task].get("dataset") for task in tasks} - {None})
    return {name: config["datasets"][name] for name in names}


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


def best_code(wildcards):
    return code("collect_best", ("objectives", task_of(wildcards)["objective"]))


def label_of(wildcards):
    return config["methods"][wildcards.method].get("label", wildcards.method)


def weighting_code(wildcards):
    entries = config["studies"][wildcards.study]["weightings"].values()
    return code("weigh_objects", *(("weighting", entry) for entry in entries))


def study_histories(wildcards):
    return run_files(wildcards.study, HISTORY)


def task_histories(wildcards):
    return run_files(wildcards.study, HISTORY, [wildcards.task])


def method_labels(wildcards):
    """Method name -> what figures and claims call it."""
    methods = sorted({method for _, _, method, _ in runs(wildcards.study)})
    return {m: config["methods"][m].get("label", m) for m in methods}
