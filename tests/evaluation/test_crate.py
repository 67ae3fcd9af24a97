"""A figure in the crate leads to runs, settings, code, data, checksums and licences."""

import json
import zipfile
from pathlib import Path

import pytest
import yaml

from lso.evaluation.crate import Finished, add_sources, add_study, add_text, begin_crate

ROOT = Path(__file__).resolve().parents[2]
ABOUT = yaml.safe_load((ROOT / "CITATION.cff").read_text())
RUN = "results/s/t/m/k=1e-3/seed1/history.parquet"  # "=" is written otherwise in addresses
CLAIMS, SUMMARY = "results/s/claims.csv", "results/s/summary.parquet"
FIGURE = "results/s/figures/best.png"
STUDY = Finished(
    title="A study",
    ended="2026-11-21T22:00:00+00:00",
    made={RUN: [], SUMMARY: [RUN], CLAIMS: [SUMMARY], FIGURE: [SUMMARY, "config/"]},
    captions={"best": "Best so far."},
    records={RUN: {"settings": {"k": 1e-3}, "code": "abc", "packages": {"torch": "2.13.0"}}},
    sources=["d.csv", "w.gz"],
)
SOURCES = {
    "d.csv": {"url": "http://127.0.0.1:9/d.csv", "sha256": "1" * 64},
    "w.gz": {"wheel": {"package": "p", "version": "1", "member": "m.gz"}, "sha256": "2" * 64},
}


@pytest.fixture
def graph(tmp_path, monkeypatch):
    """Identifier -> entity of a written crate."""
    monkeypatch.chdir(tmp_path)
    for path in STUDY.made:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path)
    (tmp_path / "config").mkdir()
    crate = begin_crate(ROOT, ABOUT, "9.27.1")
    crate.add_dataset(tmp_path / "config", "config")
    add_text(crate, ROOT, "README.md")
    add_sources(crate, SOURCES, {"d.csv": "MIT"})
    add_study(crate, "s", STUDY, {path: f"sum of {path}" for path in STUDY.made})
    crate.write_zip(tmp_path / "crate.zip")
    with zipfile.ZipFile(tmp_path / "crate.zip") as archive:
        assert set(STUDY.made) | {"Snakefile"} <= set(archive.namelist())
        written = json.loads(archive.read("ro-crate-metadata.json"))
    return {entity["@id"]: entity for entity in written["@graph"]}


def _named(value):
    """Identifiers of one entity or of several."""
    return [item["@id"] for item in (value if isinstance(value, list) else [value])]


def test_a_figure_leads_to_runs_settings_and_code(graph):
    figure = graph[FIGURE]
    assert figure["description"] == "Best so far."
    assert figure["sha256"] == f"sum of {FIGURE}"
    assert _named(figure["isBasedOn"]) == [SUMMARY, "config/"]
    (run,) = _named(graph[SUMMARY]["isBasedOn"])
    assert graph[run]["name"] == RUN
    assert json.loads(graph[run]["description"]) == {"k": 1e-3}
    facts = {graph[i]["name"]: graph[i]["value"] for i in _named(graph[run]["additionalProperty"])}
    assert facts == {"code fingerprint": "abc", "torch": "2.13.0"}


def test_one_action_says_what_the_study_used_and_made(graph):
    action = graph["#study-s"]
    assert action["endTime"] == STUDY.ended
    assert _named(action["instrument"]) == ["Snakefile"]
    assert {graph[i]["name"] for i in _named(action["result"])} == set(STUDY.made)
    assert {"config/", "#data-d.csv", "#data-w.gz"} <= set(_named(action["object"]))
    assert _named(graph["./"]["mentions"]) == ["#study-s"]
    assert {graph[i]["version"] for i in _named(graph["./"]["conformsTo"])} == {"0.5", "1.0"}
    assert graph["#data-d.csv"]["sha256"] == "1" * 64
    assert _named(graph["#data-d.csv"]["license"]) == ["https://spdx.org/licenses/MIT"]
    assert "license" not in graph["#data-w.gz"]  # none is stated
    assert "m.gz in the Python package p 1" in graph["#data-w.gz"]["description"]


def test_nothing_refers_to_what_is_not_there(graph):
    references = [
        i for entity in graph.values() for value in entity.values() for i in _links(value)
    ]
    assert {i for i in references if not i.startswith("https://")} <= set(graph)


def _links(value):
    values = value if isinstance(value, list) else [value]
    return [v["@id"] for v in values if isinstance(v, dict) and "@id" in v]


def test_every_file_of_others_has_a_licence_or_states_none():
    datasets = yaml.safe_load((ROOT / "config/datasets.yaml").read_text())
    models = yaml.safe_load((ROOT / "config/models.yaml").read_text())["models"]
    files = {name for entry in datasets["datasets"].values() for name in entry.get("files", {})}
    files |= {name for entry in models.values() for name in entry.get("weights", {})}
    listed = [name for names in datasets["licences"].values() for name in names]
    assert sorted(listed) == sorted(files)
