# Inputs and params of the replication report, and of README and docs, which show its numbers.

DOCUMENTS = {"README": ROOT / "README.md", "results": ROOT / "docs" / "results.md"}


def report_figures(wildcards):
    """File -> settings and frames of a figure of a study that the report shows."""
    study = wildcards.study
    return {
        f"{figure}.{extensions_of(study, figure)[0]}": {
            "settings": figure_settings(Wildcards(fromdict={"study": study, "figure": figure})),
            "frames": frames_of(study, figure),
        }
        for figure in config["report"]["figures"].get(study, figures_of(study))
        if figure in figures_of(study)
    }


def report_frames(wildcards):
    """Files of all frames of these figures."""
    figures = report_figures(wildcards).values()
    return sorted({path for f in figures for paths in f["frames"].values() for path in paths})


def report_code(wildcards):
    figures = report_figures(wildcards).values()
    return code("draw_report", *(("figures", figure["settings"]) for figure in figures))


def report_tables(study):
    """Tables of a study that its claims and the answers read."""
    read = answers.tables_of(config["report"]["answers"], study)
    wildcards = Wildcards(fromdict={"study": study})
    return (claim_tables(wildcards) | study_tables(wildcards, read)).values()


def report_inputs(wildcards):
    """Claims, tables, figures and histories of the studies that `run` names, by what they are."""
    studies = config["run"]
    models = {model for study in studies for _, model, _, _ in runs(study)}
    timings = [
        *(f"results/benchmarks/train_model/{model}.tsv" for model in sorted(models)),
        *(str(ROOT / "results" / "archive" / study / "training.csv") for study in studies),
    ]
    return {name: FRAMES[name] for name in PUBLISHED} | {
        "template": str(ROOT / "workflow" / "report" / "index.html.j2"),
        "claims": expand("results/{study}/claims.csv", study=studies),
        "tables": [path for study in studies for path in report_tables(study)],
        "figures": [
            f"results/report/figures/{study}"
            for study in studies
            if report_figures(Wildcards(fromdict={"study": study}))
        ],
        "histories": [path for study in studies for path in run_files(study, HISTORY)],
        "timings": [path for path in timings if Path(path).exists()],
    }


def report_studies(wildcards):
    """What the report says of each study besides its files."""
    described = {}
    for study in config["run"]:
        entry = config["studies"][study]
        named = Wildcards(fromdict={"study": study})
        captions = {name: f.get("caption", name) for name, f in entry["figures"].items()}
        keys = ("study", "task", "model", "method", "seed")
        found = [dict(zip(keys, (study, *run), strict=True)) for run in runs(study)]
        described[study] = {
            "title": study_title(named),
            "planned": sum(len(run["methods"]) * len(run["seeds"]) for run in entry["runs"]),
            "captions": {
                f"results/report/figures/{study}/{file}": captions[Path(file).stem]
                for file in report_figures(named)
            },
            "codes": {HISTORY.format(**run): run_code(Wildcards(fromdict=run)) for run in found},
        }
    return described


def report_datasets(wildcards):
    """Entries of the data sets that the reported runs use."""
    tasks = {task for study in config["run"] for task, _, _, _ in runs(study)}
    names = sorted({config["tasks"][task].get("dataset") for task in tasks} - {None})
    return {name: config["datasets"][name] for name in names}


def report_trained(wildcards):
    """Models of the reported studies that are trained, rather than imported or in closed form."""
    models = {model for study in config["run"] for _, model, _, _ in runs(study)}
    return sorted(model for model in models if "training" in config["models"][model])


def document_inputs(wildcards):
    """The document as it is, and the tables of studies that it reads."""
    document = DOCUMENTS[wildcards.document]
    text, asked = document.read_text(encoding="utf-8"), config["report"]["answers"]
    read = {name: documents.tables_of(text, asked, name) for name in config["studies"]}
    tables = [
        study_tables(Wildcards(fromdict={"study": study}), names) for study, names in read.items()
    ]
    return {name: FRAMES[name] for name in PUBLISHED} | {
        "text": str(document),
        "tables": [path for paths in tables for path in paths.values()],
    }
