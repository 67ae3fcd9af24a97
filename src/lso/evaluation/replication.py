"""What replicates: claims by paper, faults of the originals, cost and provenance, as one page.

Pure functions of tables. The words come from `config/report.yaml`, the looks from a template, and
every number is measured here.
"""

from base64 import b64encode
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

import pandas as pd
from jinja2 import Environment, StrictUndefined

from lso.evaluation.answers import answer, measure_number
from lso.evaluation.claims import Measurement
from lso.evaluation.metrics import RUN
from lso.evaluation.verdicts import OURS, VERDICTS

ANSWERS = ("question", "published", "here", "")
PICTURES = {".png": "image/png", ".gif": "image/gif"}


@dataclass(frozen=True)
class Study:
    """What the finished runs of a study left.

    Args:
        name: of the study.
        title: what it shows.
        planned: number of runs that its config asks for.
        claims: as `lso.evaluation.verdicts.check_claims` returns.
        tables: `summary`, and the other tables that claims read.
        records: metadata of every history, and under `current` whether today's code made it.
        figures: (caption, file name, content) of each.
    """

    name: str
    title: str
    planned: int
    claims: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]
    records: Sequence[Mapping[str, Any]] = ()
    figures: Sequence[tuple[str, str, bytes]] = ()


def replication(
    studies: Sequence[Study],
    settings: Mapping[str, Any],
    published: Mapping[str, pd.DataFrame],
    training_seconds: Mapping[str, float],
    trained: Collection[str],
    datasets: Mapping[str, Mapping],
) -> dict[str, Any]:
    """Everything that the page shows.

    Args:
        studies: in the order in which they are shown.
        settings: `report` of the config: answers, words, papers, findings.
        published: name -> tables of published values that answers and findings read.
        training_seconds: model -> wall-clock seconds of its training, where they were recorded.
        trained: models that were trained before the searches, neither imported nor in closed form.
        datasets: name -> config entry of the data sets that the studies use.

    Returns:
        What the template needs: verdicts, answers, words, papers, studies, costs, total,
        provenance, datasets.
    """
    claims = all_claims(studies, settings["papers"])
    tables = {study.name: study.tables for study in studies}
    costs = [_cost(study, training_seconds, trained) for study in studies]
    return {
        "verdicts": _count(claims),
        "answers": answer(settings["answers"], tables, published).to_dict("records"),
        "words": settings["words"],
        "papers": [
            {
                **entry,
                "key": key,
                "verdicts": _count(claims[claims["paper"] == key]),
                "claims": claims[claims["paper"] == key].to_dict("records"),
                "findings": [
                    _finding(finding, studies, published)
                    for finding in settings["findings"]
                    if finding["paper"] == key
                ],
            }
            for key, entry in settings["papers"].items()
        ],
        "studies": [
            {
                "name": study.name,
                "title": study.title,
                "figures": [
                    {"caption": caption, "source": _embedded(name, content)}
                    for caption, name, content in study.figures
                ],
            }
            for study in studies
        ],
        "costs": costs,
        "total": {key: sum(c[key] for c in costs) for key in ("runs", "planned", "queries")}
        | {
            "search_hours": sum(c["search_hours"] for c in costs),
            "training_hours": sum(training_seconds.values()) / 3600,
            "untimed_models": sorted({model for c in costs for model in c["untimed_models"]}),
        },
        "provenance": [_provenance(study) for study in studies],
        "datasets": [
            {"name": name, "kind": entry["kind"], "files": entry.get("files", {})}
            for name, entry in datasets.items()
        ],
    }


def render(template: str, facts: Mapping[str, Any]) -> str:
    """Fill a template of a page; a name that it does not know is an error, not a blank.

    Args:
        template: HTML with Jinja's markup; what it inserts is escaped.
        facts: as `replication` returns.
    """
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["number"] = spell_number
    return environment.from_string(template).render(facts)


def markdown(facts: Mapping[str, Any]) -> str:
    """The answers as one table, and the claims as another.

    Args:
        facts: as `replication` returns.
    """
    counts = ", ".join(f"{verdict} {number}" for verdict, number in facts["verdicts"].items())
    total = facts["total"]
    answers = [found.values() for found in facts["answers"]]
    claims = [
        [paper["title"], *(claim[k] for k in ("statement", "published", "ours", "verdict"))]
        for paper in facts["papers"]
        for claim in paper["claims"]
    ]
    lines = [
        *([*markdown_table(ANSWERS, answers), ""] if answers else []),
        f"{counts}; {total['runs']} of {total['planned']} runs, {total['queries']:,} queries, "
        f"{total['search_hours']:.1f} hours of search, {_training(total)}.",
        "",
        *markdown_table(("paper", "claim", "published", "ours", "verdict"), claims),
    ]
    return "\n".join(lines) + "\n"


def markdown_table(header: Sequence[str], rows: Iterable[Iterable]) -> list[str]:
    """Lines of a Markdown table."""
    return [_row(header), _row(["---"] * len(header)), *map(_row, rows)]


def _row(cells: Iterable) -> str:
    text = " | ".join(str(cell).replace("|", "\\|") for cell in cells)
    return f"| {text} |"


def all_claims(studies: Sequence[Study], papers: Collection[str]) -> pd.DataFrame:
    """Claims of all studies, with the columns study and paper (the key that the source begins
    with, else `ours`, where claims go that no paper of these made)."""
    frame = pd.concat([study.claims.assign(study=study.name) for study in studies])
    owners = [
        next((key for key in papers if str(source).startswith(key)), OURS)
        for source in frame["source"]
    ]
    return frame.assign(paper=owners)


def spell_number(value: float | int) -> str:
    """Four significant digits, thousands separated."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _count(claims: pd.DataFrame) -> dict[str, int]:
    """Verdict -> number of claims, without verdicts that no claim has."""
    counts = claims["verdict"].value_counts()
    return {verdict: int(counts[verdict]) for verdict in VERDICTS if verdict in counts}


def _finding(
    finding: Mapping, studies: Sequence[Study], published: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """A fault of the originals, with its numbers measured."""
    tables = {study.name: study.tables for study in studies}
    numbers = [
        {"name": entry["name"], **_spell(measure_number(entry, tables, published))}
        for entry in finding.get("numbers", [])
    ]
    return {**finding, "numbers": numbers}


def _spell(found: Measurement) -> dict[str, str]:
    """Value and remark of a measurement."""
    if found.reason:
        return {"value": "not run", "remark": found.reason}
    if found.seeds < 2 or found.sd != found.sd:
        return {"value": spell_number(found.mean), "remark": ""}
    value = f"{spell_number(found.mean)} ± {found.sd:.2g}"
    return {"value": value, "remark": f"n = {found.seeds}"}


def _training(total: Mapping[str, Any]) -> str:
    """Hours of training in words, at least so many where some were not recorded."""
    untimed, hours = total["untimed_models"], f"{total['training_hours']:.1f} of training"
    return f"at least {hours} (not recorded: {', '.join(untimed)})" if untimed else hours


def _cost(
    study: Study, training_seconds: Mapping[str, float], trained: Collection[str]
) -> dict[str, Any]:
    """Runs, queries and hours of a study; training counts in every study that uses the model."""
    summary = study.tables["summary"]
    ends = summary.groupby(list(RUN), sort=False).tail(1)
    models = sorted(set(ends["model"]) & set(trained))
    timed = [training_seconds[model] for model in models if model in training_seconds]
    return {
        "study": study.name,
        "runs": len(ends),
        "planned": study.planned,
        "queries": int(ends["query"].sum()),
        "search_hours": float(ends["seconds"].sum()) / 3600,
        "training_hours": sum(timed) / 3600,
        "models": len(models),
        "untimed_models": [model for model in models if model not in training_seconds],
    }


def _provenance(study: Study) -> dict[str, Any]:
    """Which code and packages made the runs of a study."""
    versions = {
        f"{name} {version}"
        for record in study.records
        for name, version in record["packages"].items()
    }
    return {
        "study": study.name,
        "runs": len(study.records),
        "current": sum(bool(record["current"]) for record in study.records),
        "codes": sorted({record["code"] for record in study.records}),
        "packages": sorted(versions),
    }


def _embedded(name: str, content: bytes) -> str:
    """A picture as the address of itself."""
    kind = PICTURES[PurePath(name).suffix]
    return f"data:{kind};base64,{b64encode(content).decode()}"
