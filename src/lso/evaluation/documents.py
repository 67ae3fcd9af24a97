"""The tables of README and docs, read off the finished runs: no number in them is typed.

A document says in YAML which table goes where:

    <!-- table: {kind: by_seed, study: combined, task: squares, query: 250} -->
    ...
    <!-- end -->

`answers`: the report's, with published and measured numbers.
`by_seed`: the best score of every setting of a task after so many queries, by seed, and the seconds
    that its runs took; `labels` chooses settings, `published: true` adds the paper's means.
`gains`: of the task's compositions over each of their parts; bold where p_holm < 0.05.
`differences`: means of `statistics` over seeds, and of the first the paired difference to the
    reference of the study's comparison.
"""

import re
from collections.abc import Iterator, Mapping, Sequence

import pandas as pd
import yaml

from lso.evaluation import answers
from lso.evaluation.metrics import aggregate, at_query
from lso.evaluation.replication import table_row

BLOCK = re.compile(r"(<!-- table: (\{.*?\}) -->\n).*?(<!-- end -->)", re.DOTALL)
READ = {
    "by_seed": ("summary",),
    "gains": ("comparison",),
    "differences": ("summary", "comparison"),
}
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
        ValueError: a place asks for a table that is of none of these kinds, or that has no rows.
    """

    def table(place: re.Match) -> str:
        wanted = yaml.safe_load(place[2])
        kind, study = wanted.pop("kind", None), tables.get(wanted.pop("study", ""), {})
        if kind == "answers":
            rows = _answers(questions, tables, published)
        elif kind == "by_seed":
            rows = _by_seed(study["summary"], published["published"], **wanted)
        elif kind == "gains":
            rows = _gains(study["comparison"], **wanted)
        elif kind == "differences":
            rows = _differences(study["summary"], study["comparison"], **wanted)
        else:
            raise ValueError(f"expected a table of answers, {', '.join(READ)}, came {place[2]}")
        header, *body = rows
        if not body:
            raise ValueError(f"no finished runs for the table {place[2]}")
        lines = [table_row(header), table_row(["---"] * len(header)), *map(table_row, body)]
        return place[1] + "\n".join(lines) + "\n" + place[3]

    return BLOCK.sub(table, text)


def tables_of(text: str, questions: Sequence[Mapping], study: str) -> list[str]:
    """Names of the tables of a study that a document reads."""
    names = set()
    for _, place, _ in BLOCK.findall(text):
        wanted = yaml.safe_load(place)
        if wanted.get("kind") == "answers":
            names.update(answers.tables_of(questions, study))
        elif wanted.get("study") == study:
            names.update(READ.get(wanted["kind"], ()))
    return sorted(names)


def _answers(questions, tables, published) -> Iterator[Sequence]:
    yield "question", "published", "here", ""
    yield from answers.answer(questions, tables, published).itertuples(index=False)


def _by_seed(
    summary: pd.DataFrame,
    theirs: pd.DataFrame,
    task: str,
    query: int,
    labels: Sequence[str] = (),
    published: bool = False,
) -> Iterator[Sequence]:
    runs = at_query(summary[summary["task"] == task], query)
    runs = runs[runs["label"].isin(labels)] if labels else runs
    theirs = at_query(theirs[(theirs["task"] == task) & (theirs["statistic"] == "top1")], query)
    theirs = theirs.set_index("setting")
    spell = _speller(runs["best"])
    yield "setting", "by seed", "mean", *(["published"] if published else []), "seconds"
    settings = [(label, own.sort_values("seed")) for label, own in runs.groupby("label")]
    for label, own in sorted(settings, key=lambda setting: -setting[1]["best"].mean()):
        row = [label, ", ".join(map(spell, own["best"])), spell(own["best"].mean())]
        if published:
            known = label in theirs.index
            row.append(_with_spread(theirs.loc[label], spell) if known else "")
        low, high = own["seconds"].min(), own["seconds"].max()
        yield *row, f"{low:.0f} to {high:.0f}"


def _gains(comparison: pd.DataFrame, task: str, query: int) -> Iterator[Sequence]:
    gains = at_query(comparison[comparison["quantity"] == "gain over a part"], query)
    gains = gains[(gains["task"] == task) & (gains["statistic"] == "best")]
    spell = _speller(gains["value"])
    yield "setting", "over", "gain", "seeds", "p", "p, corrected"
    for row in gains.itertuples():
        gain = _with_interval(row, spell)
        gain = f"**{gain}**" if row.p_holm < 0.05 else gain
        yield row.label, row.other, gain, row.seeds, f"{row.p_value:.2g}", f"{row.p_holm:.2g}"


def _differences(
    summary: pd.DataFrame,
    comparison: pd.DataFrame,
    task: str,
    query: int,
    statistics: Sequence[str],
) -> Iterator[Sequence]:
    first, *others = statistics
    paired = comparison[
        (comparison["quantity"] == "paired difference")
        & (comparison["task"] == task)
        & (comparison["statistic"] == first)
        & (comparison["query"] == query)
    ].set_index("label")
    runs = at_query(summary[summary["task"] == task], query)
    means = {name: aggregate(runs, name).set_index("label")["mean"] for name in statistics}
    spell = {name: _speller(mean) for name, mean in means.items()}
    names = [name.replace("_", " ") for name in statistics]
    yield "setting", names[0], "difference", *names[1:], "seeds"
    for label, value in means[first].sort_values(ascending=False).items():
        known = label in paired.index
        gap = _with_interval(paired.loc[label], spell[first]) if known else ""
        rest = [spell[name](means[name][label]) for name in others]
        seeds = runs.loc[runs["label"] == label, "seed"].nunique()
        yield label, spell[first](value), gap, *rest, seeds


def _speller(values: pd.Series):
    """Whole numbers where values reach 100, else two digits behind the point."""
    digits = 0 if values.abs().max() >= 100 else 2
    return lambda value: f"{value:.{digits}f}"


def _with_interval(row, spell) -> str:
    return f"{spell(row.value)} ({spell(row.low)} to {spell(row.high)})"


def _with_spread(row, spell) -> str:
    return f"{spell(row['mean'])} ± {spell(row['sd'])}"
