# Inputs and params of the research object.
SUMS = {"summary", "best", "comparison", "simulated_users", "latents", "samples"}  # of runs


def made_of(study):
    """Files of a study -> the files (or the folder config/) that each was made from."""
    wildcards = Wildcards(fromdict={"study": study})
    histories = run_files(study, HISTORY)
    tables = claim_tables(wildcards).values()
    made = dict.fromkeys(histories, ()) | {f"results/{study}/claims.csv": list(tables)}
    for figure in figures_of(study):
        frames = [path for paths in frames_of(study, figure).values() for path in paths]
        frames = [p if p.startswith("results/") else "config/" for p in frames]
        for extension in extensions_of(study, figure):
            made[f"results/{study}/figures/{figure}.{extension}"] = sorted(set(frames))
    for path in sorted({*tables, *(p for paths in made.values() for p in paths)} - {"config/"}):
        below = [h for h in histories if h.startswith(f"{Path(path).parent}/")]
        made.setdefault(path, below if Path(path).stem in SUMS else [])
    return made


def crate_inputs(wildcards):
    return sorted({path for study in config["run"] for path in made_of(study)})


def sources_of(study):
    """Files of others that the runs of a study use: name -> config entry."""
    used = {(config["tasks"][task].get("dataset"), model) for task, model, _, _ in runs(study)}
    entries = [config["datasets"].get(dataset, {}).get("files", {}) for dataset, _ in used]
    entries += [config["models"][model].get("weights", {}) for _, model in used]
    return {name: entry for files in entries for name, entry in sorted(files.items())}


def crate_studies(wildcards):
    return {
        study: {
            "title": study_title(Wildcards(fromdict={"study": study})),
            "made": made_of(study),
            "captions": {
                name: figure["caption"]
                for name, figure in config["studies"][study]["figures"].items()
                if "caption" in figure
            },
            "sources": sorted(sources_of(study)),
        }
        for study in config["run"]
    }


def crate_sources(wildcards):
    return {name: entry for study in config["run"] for name, entry in sources_of(study).items()}


def crate_licences(wildcards):
    """File -> SPDX identifier of its licence."""
    stated = config["licences"].items()
    return {name: licence for licence, names in stated for name in names if licence != "unstated"}
