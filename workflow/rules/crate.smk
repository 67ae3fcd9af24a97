include: "../inputs/crate.smk"


# `make crate`: the same studies, for machines and archives
rule write_crate:
    input:
        crate_inputs,
    output:
        "results/crate.zip",
    params:
        root=workflow.basedir,
        studies=crate_studies,
        sources=crate_sources,
        licences=crate_licences,
        code=code("write_crate"),
    log:
        "results/logs/write_crate.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Packing the finished studies as a research object."
    script:
        "../scripts/write_crate.py"
