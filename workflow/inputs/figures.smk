# Frames, params and code of the rules for figures, and all that a study shows.
from itertools import filterfalse

NOT_ARCHIVED = {  # made from the others, or part of the repository
    *("summary", "comparison", "best", "simulated_users", "agreement", "detection", "gradients"),
    *PUBLISHED,
}
printed_figure = {  # format -> path of a still figure, besides that for the screen
    kind: f"results/{{study}}/figures/{{figure}}.{kind}"
    for kind in config["formats"]
    if kind != "png"
}
RUN_FRAMES = {"best", "history", "latents", "samples"}  # those made from runs of one task


def stateless(path):
    """Whether the archive has the history of a run, but neither its state nor this, made from it."""
    return path not in ARCHIVED and str(Path(path).with_name("history.parquet")) in ARCHIVED


@functools.cache
def frames_of(study, figure):
    """Frame name -> paths of those that the study has: `frames` is a list of names or maps names
    to wildcard values."""
    entry = config["studies"][study]["figures"][figure]["frames"]
    entry = entry if isinstance(entry, dict) else {name: {} for name in entry}
    frames = {
        name: expand(FRAMES[name], **({"study": study} | (values or {})))
        for name, values in entry.items()
    }
    made = {
        name: (
            set(filterfalse(stateless, run_files(study, FRAMES[name])))
            if name in RUN_FRAMES
            else paths
        )
        for name, paths in frames.items()
    }
    if config["archive"] == "only":
        made = {
            name: made[name] if name in NOT_ARCHIVED else ARCHIVED.keys() & made[name]
            for name in frames
            if name not in POINTS or POINTS[name](Wildcards(fromdict={"study": study}))
        }
    return {name: [path for path in frames[name] if path in made.get(name, [])] for name in frames}


def figure_frames(wildcards):
    return frames_of(wildcards.study, wildcards.figure)


def figures_of(study):
    """Figures of a study, without those whose runs are beyond its `limit`."""
    names = config["studies"][study].get("figures", {})
    return [name for name in names if all(frames_of(study, name).values())]


def extensions_of(study, figure):
    """Formats of a figure, that of the report first."""
    kind = config["studies"][study]["figures"][figure]["kind"]
    return ["gif"] if kind.endswith("animation") else ["png", *printed_figure]


def figure_of(wildcards):
    return config["studies"][wildcards.study]["figures"][wildcards.figure]


def figure_settings(wildcards):
    return {k: v for k, v in figure_of(wildcards).items() if k not in ("frames", "caption")}


def figure_code(wildcards):
    return code("draw_figure", ("figures", figure_of(wildcards)))


def weighting_code(wildcards):
    entries = config["studies"][wildcards.study]["weightings"].values()
    return code("weigh_objects", *(("weighting", entry) for entry in entries))


def study_outputs(study):
    """All that a study shows: claims, summary and figures."""
    return [
        f"results/{study}/claims.csv",
        f"results/{study}/summary.parquet",
        *(
            f"results/{study}/figures/{figure}.{extension}"
            for figure in figures_of(study)
            for extension in extensions_of(study, figure)
        ),
    ]
