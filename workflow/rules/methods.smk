include: "../inputs/methods.smk"


# One run is a chain of blocks: each reads the state that the block before left. The last block
# is `run_method`; how a run is split does not change its history.
rule run_block:
    input:
        unpack(block_inputs),
    output:
        history=f"{RUN}/blocks/{{block}}.parquet",
        state=f"{RUN}/blocks/{{block}}.safetensors",
    params:
        task=task_of,
        architecture=architecture_of,
        method=method_of,
        queries=block_queries,
        code=run_code,
    log:
        "results/logs/run_method/{study}/{task}/{model}/{method}/seed{seed}.{block}.log",
    benchmark:
        "results/benchmarks/run_method/{study}/{task}/{model}/{method}/seed{seed}.{block}.tsv"
    threads: config["resources"]["run_method"]["threads"]
    resources:
        mem_mb=resource("run_method", "mem_mb"),
        runtime=resource("run_method", "runtime"),
        gpu=config["resources"]["run_method"]["gpu"],
    conda:
        "../../envs/lso.yaml"
    message:
        "Running {wildcards.method} on {wildcards.task}, seed {wildcards.seed}."
    script:
        "../scripts/run_method.py"


use rule run_block as run_method with:
    output:
        history=HISTORY,
        state=f"{RUN}/state.safetensors",
    log:
        "results/logs/run_method/{study}/{task}/{model}/{method}/seed{seed}.log",
    benchmark:
        "results/benchmarks/run_method/{study}/{task}/{model}/{method}/seed{seed}.tsv"


rule map_latents:
    input:
        stage_models,
    output:
        f"{RUN}/latents.parquet",
    params:
        stages=stage_names,
        objective=setting("tasks", "{task}", "objective"),
        settings=setting("studies", "{study}", "latent_map"),
        label=label_of,
        code=decode_code,
    log:
        "results/logs/map_latents/{study}/{task}/{model}/{method}/seed{seed}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Decoding a latent grid along {wildcards.method} on {wildcards.task}."
    script:
        "../scripts/map_latents.py"


use rule map_latents as sample_prior with:
    input:
        end_models,
    output:
        f"{RUN}/samples.parquet",
    params:
        stages=end_names,
        objective=setting("tasks", "{task}", "objective"),
        settings=setting("studies", "{study}", "prior_samples"),
        label=label_of,
        code=decode_code,
    log:
        "results/logs/sample_prior/{study}/{task}/{model}/{method}/seed{seed}.log",
    message:
        "Decoding prior samples before and after {wildcards.method} on {wildcards.task}."


rule score_latents:
    input:
        objects=model_objects,
        model="results/models/{model}/checkpoint.safetensors",
    output:
        "results/{study}/detection/{model}/{protocol}.parquet",
    params:
        settings=setting("studies", "{study}", "detection", "protocols", "{protocol}"),
        code=detection_code,
    log:
        "results/logs/score_latents/{study}/{model}/{protocol}.log",
    benchmark:
        "results/benchmarks/score_latents/{study}/{model}/{protocol}.tsv"
    threads: config["resources"]["run_method"]["threads"]
    resources:
        mem_mb=resource("run_method", "mem_mb"),
        runtime=resource("run_method", "runtime"),
        gpu=config["resources"]["run_method"]["gpu"],
    conda:
        "../../envs/lso.yaml"
    message:
        "Scoring latent points of {wildcards.model}, protocol {wildcards.protocol}."
    script:
        "../scripts/score_latents.py"


rule compare_gradients:
    input:
        objects=model_objects,
        model="results/models/{model}/checkpoint.safetensors",
    output:
        "results/{study}/gradients/{model}.parquet",
    params:
        gradients=setting("studies", "{study}", "gradients"),
        code=gradient_code,
    log:
        "results/logs/compare_gradients/{study}/{model}.log",
    benchmark:
        "results/benchmarks/compare_gradients/{study}/{model}.tsv"
    threads: config["resources"]["run_method"]["threads"]
    resources:
        mem_mb=resource("run_method", "mem_mb"),
        runtime=resource("run_method", "runtime"),
        gpu=config["resources"]["run_method"]["gpu"],
    conda:
        "../../envs/lso.yaml"
    message:
        "Differentiating the scores of latent points of {wildcards.model}."
    script:
        "../scripts/compare_gradients.py"


rule slice_latents:
    input:
        unpack(slice_inputs),
    output:
        map="results/{study}/slices/{slice}/map.parquet",
        paths="results/{study}/slices/{slice}/paths.parquet",
    params:
        objective=slice_objective,
        methods=slice_methods,
        settings=setting("studies", "{study}", "slices", "{slice}", "settings"),
        code=slice_code,
    log:
        "results/logs/slice_latents/{study}/{slice}.log",
    benchmark:
        "results/benchmarks/slice_latents/{study}/{slice}.tsv"
    threads: config["resources"]["run_method"]["threads"]
    resources:
        mem_mb=resource("run_method", "mem_mb"),
        runtime=resource("run_method", "runtime"),
        gpu=config["resources"]["run_method"]["gpu"],
    conda:
        "../../envs/lso.yaml"
    message:
        "Mapping planes of the latent space, {wildcards.slice}, for the study {wildcards.study}."
    script:
        "../scripts/slice_latents.py"


rule measure_spectra:
    input:
        unpack(spectra_inputs),
    output:
        "results/{study}/spectra.parquet",
    params:
        models=spectra_models,
        code=spectra_code,
    log:
        "results/logs/measure_spectra/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Measuring the singular values of the decoders of the study {wildcards.study}."
    script:
        "../scripts/measure_spectra.py"


rule decode_sliders:
    input:
        strips_model,
    output:
        "results/{study}/strips.parquet",
    params:
        strips=setting("studies", "{study}", "strips"),
        code=strips_code,
    log:
        "results/logs/decode_sliders/{study}.log",
    threads: config["resources"]["evaluate"]["threads"]
    resources:
        mem_mb=resource("evaluate", "mem_mb"),
        runtime=resource("evaluate", "runtime"),
    conda:
        "../../envs/lso.yaml"
    message:
        "Decoding sliders along singular vectors for the study {wildcards.study}."
    script:
        "../scripts/decode_sliders.py"
