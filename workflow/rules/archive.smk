# Finished runs go into results/archive, which is committed, and come out of it in any clone.
rule restore_archive:
    output:
        list(ARCHIVED),
    params:
        # not as inputs: Snakemake would read all of them once for every output. What has changed is
        # seen as long as .snakemake/metadata is there, which keeps these params once for every output
        digests={str(path): digest_of(path) for path in sorted(set(ARCHIVED.values()))},
        code=code("restore_archive"),
    log:
        "results/logs/restore_archive.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Unpacking the finished runs of results/archive."
    script:
        "../scripts/restore_archive.py"


ruleorder:
    restore_archive
    > run_method
    > map_latents
    > sample_prior
    > compare_likeness
    > weigh_objects
    > score_latents
    > compare_gradients
    > slice_latents


# `make archive STUDY=...`: what has been finished, no more
rule pack_archive:
    output:
        "results/{study}/packed.txt",
    params:
        config=config,
        archive=str(ROOT / "results" / "archive"),
    log:
        "results/logs/pack_archive/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Packing the finished runs of the study {wildcards.study} into results/archive."
    script:
        "../scripts/pack_archive.py"
