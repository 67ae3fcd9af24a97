include: "../inputs/figures.smk"


rule weigh_objects:
    input:
        "results/tasks/{task}/objects.parquet",
    output:
        "results/{study}/{task}/weights.parquet",
    params:
        weightings=setting("studies", "{study}", "weightings"),
        code=weighting_code,
    log:
        "results/logs/weigh_objects/{study}/{task}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Weighting the initial objects of the task {wildcards.task}."
    script:
        "../scripts/weigh_objects.py"


rule draw_figure:
    input:
        unpack(figure_frames),
    output:
        **printed_figure,
        png=report(
            "results/{study}/figures/{figure}.png",
            caption="../report/figure.rst",
            category=study_title,
            labels={"shows": "{figure}", "as": "figure"},
        ),
    params:
        figure=figure_settings,
        code=figure_code,
    log:
        "results/logs/draw_figure/{study}/{figure}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Drawing the figure {wildcards.figure} of the study {wildcards.study}."
    script:
        "../scripts/draw_figure.py"


use rule draw_figure as draw_animation with:
    output:
        gif=report(
            "results/{study}/figures/{figure}.gif",
            caption="../report/figure.rst",
            category=study_title,
            labels={"shows": "{figure}", "as": "animation"},
        ),
