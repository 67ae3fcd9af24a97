include: "../inputs/evaluation.smk"


rule compare_likeness:
    input:
        history=HISTORY,
        objects="results/tasks/{task}/objects.parquet",
    output:
        f"{RUN}/likeness.parquet",
    params:
        likeness=setting("studies", "{study}", "likeness", "{task}"),
        code=likeness_code,
    log:
        "results/logs/compare_likeness/{study}/{task}/{model}/{method}/seed{seed}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Comparing what {wildcards.method} found on {wildcards.task} with the data."
    script:
        "../scripts/compare_likeness.py"


rule summarise_study:
    input:
        histories=study_histories,
        likeness=study_likeness,
    output:
        summary="results/{study}/summary.parquet",
    params:
        labels=method_labels,
        code=code("summarise_study"),
    log:
        "results/logs/summarise_study/{study}.log",
    priority: 2  # and what takes longest next, so that figures fill the other cores meanwhile
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Summarising all histories of the study {wildcards.study}."
    script:
        "../scripts/summarise_study.py"


rule compare_methods:
    input:
        summary="results/{study}/summary.parquet",
    output:
        "results/{study}/comparison.parquet",
    params:
        comparison=setting("studies", "{study}", "comparison"),
        code=code("compare_methods"),
    log:
        "results/logs/compare_methods/{study}.log",
    priority: 1
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Comparing the methods of the study {wildcards.study}."
    script:
        "../scripts/compare_methods.py"


rule compare_users:
    input:
        summary="results/{study}/summary.parquet",
    output:
        "results/{study}/simulated_users.parquet",
    params:
        settings=setting("studies", "{study}", "simulated_users"),
        code=code("compare_users"),
    log:
        "results/logs/compare_users/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Comparing the strategies of the simulated users of the study {wildcards.study}."
    script:
        "../scripts/compare_users.py"


rule compare_released:
    input:
        summary="results/{study}/summary.parquet",
        released=FRAMES["published_sliders"],
    output:
        "results/{study}/agreement.parquet",
    params:
        settings=setting("studies", "{study}", "agreement"),
        code=code("compare_released"),
    log:
        "results/logs/compare_released/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Comparing the sliders of the study {wildcards.study} with the released code's."
    script:
        "../scripts/compare_released.py"


rule collect_best:
    input:
        task_histories,
    output:
        "results/{study}/{task}/best.parquet",
    params:
        labels=method_labels,
        objective=setting("tasks", "{task}", "objective"),
        code=best_code,
    log:
        "results/logs/collect_best/{study}/{task}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Collecting the best objects of the task {wildcards.task}."
    script:
        "../scripts/collect_best.py"


rule check_claims:
    input:
        unpack(claim_tables),
    output:
        report(
            "results/{study}/claims.csv",
            caption="../report/claims.rst",
            category=study_title,
            labels={"shows": "claims and verdicts", "as": "table"},
        ),
    params:
        claims=setting("studies", "{study}", "claims"),
        code=code("check_claims"),
    log:
        "results/logs/check_claims/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Comparing the study {wildcards.study} with the claims of the papers."
    script:
        "../scripts/check_claims.py"


rule summarise_detection:
    input:
        points=detection_points,
        published=FRAMES["published_scores"],
    output:
        "results/{study}/detection.parquet",
    params:
        code=code("summarise_detection"),
    log:
        "results/logs/summarise_detection/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Measuring how well scores detect invalid decodes in the study {wildcards.study}."
    script:
        "../scripts/summarise_detection.py"


rule summarise_gradients:
    input:
        gradient_points,
    output:
        "results/{study}/gradients.parquet",
    params:
        code=code("summarise_gradients"),
    log:
        "results/logs/summarise_gradients/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Measuring how gradients of scores agree in the study {wildcards.study}."
    script:
        "../scripts/summarise_gradients.py"


# `make hours`: from the jobs that have run, no more
rule estimate_hours:
    output:
        "results/hours.csv",
    params:
        config=config,
        benchmarks="results/benchmarks",
    log:
        "results/logs/estimate_hours.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Predicting the hours of every study from the jobs that have run."
    script:
        "../scripts/estimate_hours.py"
