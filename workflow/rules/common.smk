# Environment, constraints, paths, and what many rules ask for; no rules.
import functools
import os
import sys

# relative to where the workflow runs: in a folder that has moved, nothing is out of date
ROOT = Path(os.path.relpath(workflow.basedir))
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

from lso import archive, driver, fingerprints, passed
from lso.evaluation import answers, claims, documents
from lso.storage import digest_of

fingerprint = functools.cache(fingerprints.Sources().fingerprint)

if workflow.is_main_process:
    ALIVE = driver.claim(Path(".snakemake"))
    passed.check_once(
        config,
        Path(workflow.basedir),
        Path(".snakemake/validated"),
        fingerprint,
        builds=config["archive"] != "only",
    )

# path below results -> archive that holds it
ARCHIVED = (
    archive.archived(ROOT / "results" / "archive", config) if config["archive"] != "compute" else {}
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
    slice=r"[\w-]+",
    figure=r"[\w-]+",
    extension="png|pdf|svg|gif",


def code(script, *entries):
    """Fingerprint of a script and of the (role, entry) components that the config names."""
    names = [n for role, entry in entries for n in fingerprints.modules(role, entry)]
    return fingerprint(str(Path(workflow.basedir, "workflow", "scripts", f"{script}.py")), *names)


def setting(*keys):
    """Function that finds an entry of the config by keys that may be wildcards.

    Snakemake's `lookup` walks through all of a config to find one entry.
    """
    return lambda wildcards: functools.reduce(
        lambda entry, key: entry[key.format(**wildcards)], keys, config
    )


def resource(rule, name):
    """A resource of the config; memory and time grow with every attempt."""
    value = config["resources"][rule][name]
    return lambda wildcards, attempt: value * attempt


TABLES = ROOT / "config" / "published"
PUBLISHED = ["published", "audit", "published_sliders", "published_scores"]
FRAMES = {
    "summary": "results/{study}/summary.parquet",
    "comparison": "results/{study}/comparison.parquet",
    "best": "results/{study}/{task}/best.parquet",
    "published": f"{TABLES}/weighted_retraining.csv",
    "audit": f"{TABLES}/audit.csv",
    "published_sliders": f"{TABLES}/subspace_search.csv",
    "objects": "results/tasks/{task}/objects.parquet",
    "weights": "results/{study}/{task}/weights.parquet",
    "training": "results/models/{model}/training.parquet",
    "history": HISTORY,
    "latents": f"{RUN}/latents.parquet",
    "samples": f"{RUN}/samples.parquet",
    "likeness": f"{RUN}/likeness.parquet",
    "detection": "results/{study}/detection.parquet",
    "gradients": "results/{study}/gradients.parquet",
    "gradient_points": "results/{study}/gradients/{model}.parquet",
    "slice_map": "results/{study}/slices/{slice}/map.parquet",
    "slice_paths": "results/{study}/slices/{slice}/paths.parquet",
    "published_scores": f"{TABLES}/exploration_score.csv",
    "simulated_users": "results/{study}/simulated_users.parquet",
    "agreement": "results/{study}/agreement.parquet",
    "spectra": "results/{study}/spectra.parquet",
    "strips": "results/{study}/strips.parquet",
}


def archive_has(study, task, model, method, seed):
    """Whether the archive holds the history of a run."""
    run = {"study": study, "task": task, "model": model, "method": method, "seed": seed}
    return HISTORY.format(**run) in ARCHIVED


@functools.cache
def runs(study):
    """(task, model, method, seed) -> entry of every run of a study, within its `limit`."""
    entry = config["studies"][study]
    limit = entry.get("limit", {})
    listed = {}  # (task, model, method) -> its (seed, entry of runs), in order
    for run in entry["runs"]:
        for method in run["methods"]:
            seeds = listed.setdefault((run["task"], run["model"], method), [])
            seeds += [(seed, run) for seed in run["seeds"]]
    return {
        (task, model, method, seed): run
        | {"queries": min(run["queries"], limit.get("queries", run["queries"]))}
        for (task, model, method), seeds in listed.items()
        for seed, run in seeds[: limit.get("seeds")]
        if method in limit.get("methods", run["methods"])
        if config["archive"] != "only" or archive_has(study, task, model, method, seed)
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


def model_objects(wildcards):
    return f"results/tasks/{model_of(wildcards)['task']}/objects.parquet"


def study_title(wildcards):
    return config["studies"][wildcards.study].get("title", wildcards.study)
