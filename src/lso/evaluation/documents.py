"""The marked tables of README and docs, read off the finished runs: no number in them is typed.

A document says in YAML which table goes where:

    <!-- table: {kind: by_seed, study: combined, task: squares, query: 250} -->
    ...
    <!-- end -->

`answers`: the report's, with published and measured numbers.
`by_seed`: the best score of every setting of a task after so many queries, by seed, and the seconds
    that its runs took; `labels` chooses settings, `published: true` adds the paper's means, beside
    the setting that is as released where there is one.
`gains`: of the task's compositions over each of their parts; bold where p_holm < 0.05.
`differences`: means of `statistics` over seeds, and of the first the paired difference to the
    reference of the study's comparison.

All but the answers take a `model`, which they need where a setting has runs of several.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence

import pandas as pd
import yaml

from lso.evaluation import answers
from lso.evaluation.comparison import GAIN
from lso.evaluation.metrics import aggregate, at_query
from lso.evaluation.replication import ANSWERS, markdown_table

START = "<!-- table:"
BLOCK = re.compile(rf"({START} (\{{.*\}}) -->\n)(?:(?!{START})[\s\S])*?(<!-- end -->)")
READ = {
    "answers": (),
    "by_seed": ("summary",),
    "gains": ("comparison",),
    "differences": ("summary", "comparison"),
}
AS_RELEASED = " (released)"
MISSING = "-"
Tables = Mapping[str, Mapping[str, pd.DataFrame]]


def fill(
    text: str,
    tables: Tables,
    published: Mapping[str, pd.DataFrame],
    questions: Sequence[Mapping],
) -> str:
    """Put the tables anew into a document.

    Args:
        text: Markdown with places for tables.
        tables: study -> its tables by name, those that `tables_of` names.
        published: name -> table of published values; `published` is that of weighted retraining.
        questions: `report.answers` of the config.

    Raises:
        ValueError: a place is not closed, or asks for a table that is none of these kinds, that has
            no finished runs, or whose settings have runs of several models.
    """
    _places(text)

    def table(match: re.Match) -> str:
        wanted = yaml.safe_load(match[2])
        kind, study = wanted.pop("kind"), wanted.pop("study", None)
        if kind == "answers":
            header = ANSWERS
            rows = answers.answer(questions, tables, published).itertuples(index=False)
        else:
            own = tables.get(study, {})
            missing = [name for name in READ[kind] if name not in own]
            if missing:
                raise ValueError(f"{match[2]}: expected a study with finished runs, came {study!r}")
            theirs = [published["published"]] if kind == "by_seed" else []
            header, *rows = MAKERS[kind](*(own[name] for name in READ[kind]), *theirs, **wanted)
        rows = list(rows)
        if not rows:
            raise ValueError(f"{match[2]}: no runs have finished; `make archive`, or take it out")
        return match[1] + "\n".join(markdown_table(header, rows)) + "\n" + match[3]

    return BLOCK.sub(table, text)


def tables_of(text: str, questions: Sequence[Mapping], study: str) -> list[str]:
    """Names of the tables of a study that a document reads; raises ValueError as `fill` does."""
    names = set()
    for wanted in _places(text):
        if wanted["kind"] == "answers":
            names.update(answers.tables_of(questions, study))
        elif wanted.get("study") == study:
            names.update(READ[wanted["kind"]])
    return sorted(names)


def _places(text: str) -> list[dict]:
    places = [yaml.safe_load(settings) for _, settings, _ in BLOCK.findall(text)]
    if len(places) < text.count(START):
        raise ValueError(
            f"expected every '{START} {{...}} -->' on a line of its own and '<!-- end -->' before "
            f"the next, came {text.count(START)} of which {len(places)} are so"
        )
    for wanted in places:
        if wanted.get("kind") not in READ:
            raise ValueError(f"expected a table of kind {', '.join(READ)}, came {wanted}")
    return places


def _by_seed(
    summary: pd.DataFrame,
    theirs: pd.DataFrame,
    task: str,
    query: int,
    model: str | None = None,
    labels: Sequence[str] = (),
    published: bool = False,
) -> Iterator[Sequence]:
    runs = _picked(summary, task, query, model)
    if unknown := set(labels) - set(runs["label"]):
        raise ValueError(f"no finished runs of {', '.join(sorted(unknown))} on {task}")
    runs = runs[runs["label"].isin(labels)] if labels else runs
    theirs = at_query(theirs[(theirs["task"] == task) & (theirs["statistic"] == "top1")], query)
    theirs = theirs.set_index("setting")
    spell = _speller(runs["best"])
    best = runs.pivot(index="label", columns="seed", values="best")
    best = best.loc[best.mean(axis=1).sort_values(ascending=False).index]
    yield "setting", "by seed", "mean", *(["published"] if published else []), "seconds"
    for label, own in best.iterrows():
        row = [label, ", ".join(map(spell, own)), spell(own.mean())]
        if published:
            row.append(_published(label, best.index, theirs, spell))
        seconds = runs.loc[runs["label"] == label, "seconds"]
        ends = [f"{seconds.min():.0f}", f"{seconds.max():.0f}"]
        yield *row, " to ".join(dict.fromkeys(ends))


def _published(
    label: str, shown: pd.Index, theirs: pd.DataFrame, spell: Callable[[float], str]
) -> str:
    """The paper's mean, beside what is run as it was released."""
    setting = label.removesuffix(AS_RELEASED)
    if label + AS_RELEASED in shown or setting not in theirs.index:
        return ""
    return f"{spell(theirs.loc[setting, 'mean'])} ± {spell(theirs.loc[setting, 'sd'])}"


def _gains(
    comparison: pd.DataFrame, task: str, query: int, model: str | None = None
) -> Iterator[Sequence]:
    gains = _picked(comparison[comparison["statistic"] == "best"], task, query, model, GAIN)
    spell = _speller(gains["value"])
    yield "setting", "over", "gain", "seeds", "p", "p, corrected"
    for row in gains.itertuples():
        gain = _with_interval(row.value, row.low, row.high, spell)
        gain = f"**{gain}**" if row.p_holm < 0.05 else gain
        p_values = (MISSING if math.isnan(p) else f"{p:.2g}" for p in (row.p_value, row.p_holm))
        yield row.label, row.other, gain, row.seeds, *p_values


def _differences(
    summary: pd.DataFrame,
    comparison: pd.DataFrame,
    task: str,
    query: int,
    statistics: Sequence[str],
    model: str | None = None,
) -> Iterator[Sequence]:
    first, *others = statistics
    runs = _picked(summary, task, query, model)
    paired = comparison[comparison["statistic"] == first]
    paired = _picked(paired, task, query, model, "paired difference").set_index("label")
    means = {name: aggregate(runs, name).set_index("label")["mean"] for name in statistics}
    spell = {name: _speller(mean) for name, mean in means.items()}
    names = [name.replace("_", " ") for name in statistics]
    seeds = runs.dropna(subset=[first]).groupby("label")["seed"].nunique()
    yield "setting", names[0], "difference", *names[1:], "seeds"
    for label, value in means[first].sort_values(ascending=False).items():
        gap = ""
        if label in paired.index:
            gap = _with_interval(*paired.loc[label, ["value", "low", "high"]], spell[first])
        rest = [spell[name](means[name][label]) for name in others]
        yield label, spell[first](value), gap, *rest, seeds.get(label, 0)


MAKERS = {"by_seed": _by_seed, "gains": _gains, "differences": _differences}


def _picked(
    table: pd.DataFrame, task: str, query: int, model: str | None, quantity: str | None = None
) -> pd.DataFrame:
    """Rows of a task after so many queries, of one model for every setting."""
    rows = at_query(table[table["task"] == task], query)
    rows = rows if model is None else rows[rows["model"] == model]
    rows = rows if quantity is None else rows[rows["quantity"] == quantity]
    models = rows.groupby("label")["model"].unique()
    for label, several in models[models.map(len) > 1].items():
        raise ValueError(
            f"expected one model of {label!r} on {task}, came {', '.join(several)}; name a `model`"
        )
    return rows


def _speller(values: pd.Series) -> Callable[[float], str]:
    """Whole numbers where values reach 100, else two digits behind the point."""
    digits = 0 if values.abs().max() >= 100 else 2
    return lambda value: MISSING if math.isnan(value) else f"{value:.{digits}f}"


def _with_interval(value: float, low: float, high: float, spell: Callable[[float], str]) -> str:
    return f"{spell(value)} ({spell(low)} to {spell(high)})"
