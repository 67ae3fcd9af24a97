include: "../inputs/report.smk"


rule draw_report:
    input:
        report_frames,
    output:
        directory("results/report/figures/{study}"),
    params:
        figures=report_figures,
        code=report_code,
    log:
        "results/logs/draw_report/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Drawing the figures that the report shows of the study {wildcards.study}."
    script:
        "../scripts/draw_report.py"


# One page: what replicates of every paper, in the studies that `run` names.
rule write_report:
    input:
        unpack(report_inputs),
    output:
        page=report(
            "results/report/index.html",
            caption="../report/replication.rst",
            category="Replication",
            labels={"shows": "all claims", "as": "page"},
        ),
        summary="results/report/summary.md",
    params:
        studies=report_studies,
        settings=config["report"],
        published=PUBLISHED,
        datasets=report_datasets,
        trained=report_trained,
        code=code("write_report"),
    log:
        "results/logs/write_report.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Writing the replication report."
    script:
        "../scripts/write_report.py"


# `make documents`: README and docs with their tables anew
rule fill_document:
    input:
        unpack(document_inputs),
    output:
        "results/documents/{document}.md",
    params:
        answers=config["report"]["answers"],
        published=PUBLISHED,
        code=code("fill_document"),
    log:
        "results/logs/fill_document/{document}.log",
    wildcard_constraints:
        document="|".join(DOCUMENTS),
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Putting the tables into {wildcards.document}.md."
    script:
        "../scripts/fill_document.py"
