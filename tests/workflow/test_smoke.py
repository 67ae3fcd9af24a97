"""The smoke study end to end: what it holds, and what other runs and folders make of it."""

import json
import shutil
import zipfile
from urllib.parse import quote

import pandas as pd
import pyarrow.parquet as pq

from lso import history
from lso.archive import files_of, pack, read_archive, unpack
from lso.storage import write_table


def test_a_second_run_in_another_folder_has_nothing_to_do(smoke):
    assert smoke.planned("smoke") == {}


def test_histories_keep_the_contract(smoke):
    paths = sorted((smoke.root / "results/smoke").rglob("history.parquet"))
    runs = smoke.study["runs"]
    assert len(paths) == sum(len(run["methods"]) * len(run["seeds"]) for run in runs)
    for path in paths:
        table = pq.read_table(path)
        record = history.metadata(table)
        optional = [name for name in table.schema.names if name == "shown"]
        assert table.schema.names == history.schema().names + optional
        parts = path.parent.relative_to(smoke.root / "results").parts
        assert parts == (
            *(record[key] for key in ("study", "task", "model", "method")),
            f"seed{record['seed']}",
        )
        assert table["query"].to_pylist() == list(range(len(table)))
        y, valid = table["y"].to_pandas(), table["valid"].to_pandas()
        assert (y.isna() | valid).all()
        assert (table["seconds"].to_pandas() > 0).all()
        if record["settings"]["kind"] == "weighted_retraining":
            unweighted = {"squares_standard_smoke": "inf", "expressions_genetic": 20}
            r = unweighted.get(record["method"])
            expected = {"k": 0.001, "r": 5} if r is None else {"k": "inf", "r": r}
            assert expected.items() <= record["settings"].items()


def test_claims_and_figures_exist(smoke):
    claims = pd.read_csv(smoke.root / "results/smoke/claims.csv")
    assert list(claims) == ["source", "statement", "published", "ours", "verdict"]
    assert set(claims.verdict) <= {"reproduced", "not reproduced", "not attempted"}
    for figure in smoke.study["figures"]:
        for extension in ("pdf", "png"):
            assert (
                smoke.root / f"results/smoke/figures/{figure}.{extension}"
            ).stat().st_size > 1000


def test_snakemakes_report_shows_every_figure_and_the_claims_with_captions(smoke):
    result = smoke.snakemake("smoke", "--report", "report.html")
    assert result.returncode == 0, result.stderr
    page = (smoke.root / "report.html").read_text()
    for name, figure in smoke.study["figures"].items():
        assert f'{{"shows": "{name}", "as": "figure"}}' in page
        assert f"{figure['caption']}</p>" in page
    assert '{"shows": "claims and verdicts", "as": "table"}' in page


def test_splitting_a_run_into_jobs_does_not_change_its_history(smoke):
    """1, 2 and 10 blocks (and one that ends inside a retraining period): equal to the bit."""
    first, second = (run | {"seeds": [1]} for run in smoke.study["runs"][:2])
    first["methods"], second["methods"] = ["squares_smoke"], ["expressions_smoke"]
    split = {
        f"blocks{blocks}": {
            "runs": [run | {"blocks": blocks} for run in (first, second)],
            "figures": {},
            "claims": [],
        }
        for blocks in (1, 10)
    }
    overlay = smoke.root / "blocks.json"
    overlay.write_text(json.dumps({"studies": split}))
    places = [
        f"{run['task']}/{run['model']}/{run['methods'][0]}/seed1/history.parquet"
        for run in (first, second)
    ]
    targets = [f"results/{name}/{place}" for name in split for place in places]
    result = smoke.snakemake(*targets, "--configfile", str(overlay))
    assert result.returncode == 0, result.stderr[-4000:]
    for place in places:
        expected = smoke.history(f"results/smoke/{place}")
        for name in split:
            assert smoke.history(f"results/{name}/{place}") == expected, (name, place)


def test_a_shared_cache_serves_other_copies(smoke, checkout, tmp_path, monkeypatch):
    (tmp_path / "cache").mkdir()
    monkeypatch.setenv("SNAKEMAKE_OUTPUT_CACHE", str(tmp_path / "cache"))
    (checkout.root / ".snakemake").mkdir()
    shutil.copy(smoke.root / ".snakemake/validated", checkout.root / ".snakemake")
    path = checkout.root / "results/datasets/squares_smoke/objects.parquet"
    cached = ("--cache", "prepare_dataset", "score_objects", "train_model")
    for source in ("made", "taken"):
        result = checkout.snakemake(str(path.relative_to(checkout.root)), *cached)
        assert result.returncode == 0, result.stderr
        assert ("Moving output file" in result.stderr) == (source == "made")
        assert path.read_bytes() == (smoke.root / path.relative_to(checkout.root)).read_bytes()
        path.unlink()


def test_a_clone_draws_what_the_archive_holds(smoke, checkout):
    """Packed, and unpacked elsewhere: the same numbers, and no run, model or data set is made."""
    result = smoke.snakemake("results/smoke/packed.txt")
    assert result.returncode == 0, result.stderr
    clone = checkout
    shutil.move(smoke.root / "results/archive", clone.root / "results/archive")
    samples = clone.root / "results/archive/smoke/squares_smoke/samples.parquet"
    packed = read_archive(samples)
    first, *_ = files = files_of(packed.schema)
    write_table(samples, pack({first: unpack(packed)[first]}, {first: files[first]["recipe"]}))
    planned = clone.planned("smoke", "--config", "archive=reuse")
    assert "restore_archive" in planned
    # the samples of the other seeds need the state of a run of which there is only the history
    assert not {"run_method", "run_block", "sample_prior"} & set(planned)
    write_table(samples, packed)
    made = ("results/report/index.html", "results/crate.zip")
    only = (*made, "--config", "archive=only", "run=[smoke]", "formats=[svg, png]")
    planned = clone.planned("smoke", *only)
    assert planned["restore_archive"] == 1
    drawn = {"draw_figure", "draw_report"}
    assert drawn | {"check_claims", "summarise_study", "write_report"} <= set(planned)
    assert not {"train_model", "run_method", "run_block", "prepare_dataset"} & set(planned)
    assert not {"score_latents", "compare_gradients", "slice_latents"} & set(planned)
    result = clone.snakemake(*only)
    assert result.returncode == 0, result.stderr
    figures = {path.suffix for path in clone.root.glob("results/smoke/figures/*")}
    assert figures == {".png", ".svg"}
    shown = sorted(clone.root.glob("results/report/figures/smoke/*.png"))
    assert len(shown) == 2
    for path in shown:  # in one process with others, to the byte what its own job draws
        assert path.read_bytes() == (clone.root / "results/smoke/figures" / path.name).read_bytes()
    page = (clone.root / "results/report/index.html").read_text()
    claim = smoke.study["claims"][0]["statement"]
    assert claim in page
    assert claim in (clone.root / "results/report/summary.md").read_text()
    assert page.count("data:image/png") == 2
    assert "hours of search" in (clone.root / "results/report/summary.md").read_text()
    with zipfile.ZipFile(clone.root / "results/crate.zip") as crate:
        graph = json.loads(crate.read("ro-crate-metadata.json"))["@graph"]
        assert {e["@id"] for e in graph if "sha256" in e and e["@type"] == "File"} <= {
            quote(name) for name in crate.namelist()
        }
    assert any(entity["@id"] == "#study-smoke" for entity in graph)
    for name in ("summary.parquet", "claims.csv"):
        ours, theirs = (c.root / "results/smoke" / name for c in (clone, smoke))
        assert ours.read_bytes() == theirs.read_bytes()
