# One workflow for three papers on latent space optimisation; `make study` is the front door.
from pathlib import Path

from snakemake.utils import min_version

min_version("9.0")

for name in ["config", "datasets", "tasks", "models", "methods", "report"]:

    configfile: f"{workflow.basedir}/config/{name}.yaml"


for path in sorted(Path(workflow.basedir, "config", "studies").glob("*.yaml")):

    configfile: str(path)


report: "workflow/report/workflow.rst"


include: "workflow/rules/common.smk"
include: "workflow/rules/datasets.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/methods.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/archive.smk"
include: "workflow/rules/published.smk"
include: "workflow/rules/report.smk"
include: "workflow/rules/crate.smk"


# Snakemake shares no output of a rule that it times: with `--cache train_model` it is not timed
for name in workflow.workflow_settings.cache or []:
    workflow.get_rule(name)._benchmark = None


# Snakemake looks for jobs to start once a second, and once more for every job that has finished: late
# in a study that takes half a core (its issue 3955). On one machine the cores limit the jobs anyway, and
# --max-jobs-per-timespan counts on a cluster only.
onstart:
    if workflow.local_exec:
        workflow.scheduler.job_rate_limiter = None


onerror:
    driver.start_again(log, Path(workflow.workdir_init))


rule all:
    default_target: True
    input:
        [path for study in config["run"] for path in study_outputs(study)],


# `snakemake smoke` makes the study `smoke`, whatever `run` says
for study in config["studies"]:

    rule:
        name:
            study
        input:
            study_outputs(study),
