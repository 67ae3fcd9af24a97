# Inputs, params and code of the rules that make numbers.


def study_histories(wildcards):
    return run_files(wildcards.study, HISTORY)


def study_likeness(wildcards):
    """How the runs of a study compare with the data. An archive has digests of images, which cannot
    be compared any more; if it is all there is, no data are there to compare with."""
    found = []
    for task, entry in config["studies"][wildcards.study].get("likeness", {}).items():
        paths = run_files(wildcards.study, FRAMES["likeness"], [task])
        for path, history in zip(paths, run_files(wildcards.study, HISTORY, [task])):
            digests = history in ARCHIVED and entry["kind"] == "images"
            if path in ARCHIVED or not (digests or config["archive"] == "only"):
                found.append(path)
    return found


def likeness_code(wildcards):
    entry = config["studies"][wildcards.study]["likeness"][wildcards.task]
    return code("compare_likeness", ("likeness", entry))


def task_histories(wildcards):
    return run_files(wildcards.study, HISTORY, [wildcards.task])


def method_labels(wildcards):
    """Method name -> what figures and claims call it."""
    methods = sorted({method for _, _, method, _ in runs(wildcards.study)})
    return {m: config["methods"][m].get("label", m) for m in methods}


def best_code(wildcards):
    return code("collect_best", ("objectives", task_of(wildcards)["objective"]))


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


def gradient_points(wildcards):
    """Differentiated latent points of a study, those in the archive if it is all there is."""
    models = config["studies"][wildcards.study].get("gradients", {"models": []})["models"]
    pattern = FRAMES["gradient_points"]
    points = [pattern.format(study=wildcards.study, model=model) for model in models]
    return [path for path in points if config["archive"] != "only" or path in ARCHIVED]


POINTS = {"detection": detection_points, "gradients": gradient_points}  # table -> what it is of


def study_tables(wildcards, names):
    """Name -> path of those tables of a study that have something to be of."""
    names = [name for name in names if name not in POINTS or POINTS[name](wildcards)]
    return {name: FRAMES[name].format(study=wildcards.study) for name in names}


def claim_tables(wildcards):
    """The summary, and the other tables that the claims of a study read."""
    read = claims.tables_of(config["studies"][wildcards.study]["claims"])
    return study_tables(wildcards, ["summary", *read])
