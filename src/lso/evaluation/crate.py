"""Finished studies as a research object that others can read: a Workflow Run RO-Crate.

What made which file from what: one action per study, whose results are its histories, tables,
claims and figures, each with a checksum and with the files that it was made from.

Source: the profile https://w3id.org/ro/wfrun/workflow/0.5; the files are written by its library.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rocrate.model import ContextEntity, Entity
from rocrate.rocrate import ROCrate

PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": "Process Run Crate",
    "https://w3id.org/ro/wfrun/workflow/0.5": "Workflow Run Crate",
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": "Workflow RO-Crate",
}
CONTEXT = "https://w3id.org/ro/terms/workflow-run/context"
LICENCES = "https://spdx.org/licenses/"
TEXT = "text/plain"
KINDS = {
    ".csv": "text/csv",
    ".gif": "image/gif",
    ".html": "text/html",
    ".md": "text/markdown",
    ".parquet": "application/vnd.apache.parquet",
    ".pdf": "application/pdf",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True)
class Finished:
    """A study that has been run.

    Args:
        title: what it shows.
        ended: when the last of its files was made, ISO 8601.
        made: each of its files -> the files (or the folder config/) that it was made from.
        captions: file name without suffix -> what a figure shows.
        records: history -> its metadata.
        sources: names of the files of others that it used.
    """

    title: str
    ended: str
    made: Mapping[str, Sequence[str]]
    captions: Mapping[str, str]
    records: Mapping[str, Mapping[str, Any]]
    sources: Sequence[str]


def begin_crate(root: Path, about: Mapping[str, Any], snakemake: str) -> ROCrate:
    """A crate with its workflow and without anything that ran.

    Args:
        root: folder of the repository.
        about: contents of CITATION.cff.
        snakemake: version of the engine.
    """
    crate = ROCrate(version="1.1")
    crate.name, crate.description = about["title"], about["abstract"]
    crate.metadata.extra_contexts.append(CONTEXT)
    authors = [
        _add(crate, f"#author-{i}", "Organization", name=author["name"])
        for i, author in enumerate(about["authors"])
    ]
    licence = _licence(crate, about["license"])
    crate.license = licence
    crate.root_dataset["author"] = crate.root_dataset["publisher"] = _plain(authors)
    settings = {"name": about["title"], "version": about["version"], "author": _plain(authors)}
    crate.add_workflow(
        root / "Snakefile",
        "Snakefile",
        properties=settings | {"license": licence, "encodingFormat": TEXT},
        main=True,
        lang="snakemake",
        lang_version=snakemake,
    )
    for identifier, name in PROFILES.items():
        version = identifier.rpartition("/")[2]
        profile = _add(crate, identifier, "CreativeWork", name=name, version=version)
        crate.root_dataset.append_to("conformsTo", profile)
    return crate


def add_text(crate: ROCrate, root: Path, name: str) -> None:
    """Add a file at the top of the repository."""
    described = {"name": name, "encodingFormat": KINDS.get(Path(name).suffix, TEXT)}
    about = {"about": crate.root_dataset} if name == "README.md" else {}
    crate.add_file(root / name, name, properties=described | about)


def add_sources(crate: ROCrate, files: Mapping[str, Mapping], licences: Mapping[str, str]) -> None:
    """Describe files of others, which are not in the crate: checksum, licence, where they are.

    Args:
        crate: is changed.
        files: name -> config entry of a file.
        licences: name -> SPDX identifier, of those whose source states one.
    """
    for name, entry in files.items():
        wheel = entry.get("wheel")
        origin = entry.get("path")
        if wheel:
            origin = "{member} in the Python package {package} {version}".format(**wheel)
        described = {"description": origin, "url": entry.get("url"), "sha256": entry["sha256"]}
        if licences.get(name):
            described["license"] = _licence(crate, licences[name])
        known = {key: value for key, value in described.items() if value is not None}
        _add(crate, f"#data-{name}", "CreativeWork", name=name, **known)


def add_study(crate: ROCrate, name: str, study: Finished, digests: Mapping[str, str]) -> None:
    """Add the files of a study and the action that made them.

    Args:
        crate: is changed; it knows the sources already.
        name: of the study.
        study: what was run.
        digests: path -> SHA-256 of its contents.
    """
    paths = {*study.made, *(source for sources in study.made.values() for source in sources)}
    for path in sorted(paths):
        if _file(crate, path) is None:
            kind = {"encodingFormat": KINDS[Path(path).suffix], "sha256": digests[path]}
            crate.add_file(path, path, properties={"name": path} | kind)
    for path, sources in study.made.items():
        if sources:
            _file(crate, path)["isBasedOn"] = _plain([_file(crate, s) for s in sources])
        if Path(path).stem in study.captions:
            _file(crate, path)["description"] = study.captions[Path(path).stem]
    facts = {}
    for path, record in study.records.items():
        named = {"code fingerprint": record["code"]} | record["packages"]
        found = [_fact(crate, key, value) for key, value in sorted(named.items())]
        _file(crate, path)["description"] = json.dumps(record["settings"], sort_keys=True)
        _file(crate, path)["additionalProperty"] = found
        facts |= {fact.id: fact for fact in found}
    sources = [crate.get(f"#data-{source}") for source in study.sources]
    action = crate.add_action(
        crate.mainEntity,
        identifier=f"#study-{name}",
        object=[crate.get("config/"), *sources, *facts.values()],
        result=[_file(crate, path) for path in study.made],
        properties={
            "name": study.title,
            "description": f"snakemake {name}, as config/studies/{name}.yaml says",
            "endTime": study.ended,
        },
    )
    crate.root_dataset.append_to("mentions", action, compact=True)


def _file(crate: ROCrate, path: str) -> Entity | None:
    """The entity of a path, which is part of an address there."""
    return crate.get(quote(path))


def _plain(entities: list[Entity]) -> Entity | list[Entity]:
    """A list, unless it is of one."""
    return entities[0] if len(entities) == 1 else entities


def _fact(crate: ROCrate, name: str, value: str) -> Entity:
    """A number or word that decided a result."""
    identifier = f"#{name.replace(' ', '-')}-{value}"
    return crate.get(identifier) or _add(crate, identifier, "PropertyValue", name=name, value=value)


def _licence(crate: ROCrate, name: str) -> Entity:
    identifier = LICENCES + name
    return crate.get(identifier) or _add(crate, identifier, "CreativeWork", name=name)


def _add(crate: ROCrate, identifier: str, kind: str, **properties: Any) -> Entity:
    return crate.add(ContextEntity(crate, identifier, {"@type": kind} | properties))
