"""The smoke study end to end, and what reruns when something changes."""

import json
import shutil
import sys
import time
import zipfile
from contextlib import contextmanager
from urllib.parse import quote

import pandas as pd
import psutil
import pyarrow.parquet as pq
import pytest
import yaml

from lso import history


def _study(checkout):
    path = checkout.root / "config/studies/smoke.yaml"
    return yaml.safe_load(path.read_text())["studies"]["smoke"]


@contextmanager
def _edited(path, old, new):
    before = path.read_text()
    assert old in before
    try:
        path.write_text(before.replace(old, new))
        yield
    finally:
        path.write_text(before)


def _exactly(path):
    """All digits of a history, as text: NaN equals NaN."""
    columns = ["round", "query", "x", "z", "y", "valid"]
    return repr(pq.read_table(path, columns=columns).to_pydict())


def test_second_run_has_nothing_to_do(smoke):
    assert smoke.planned("smoke") == {}


def test_histories_keep_the_contract(smoke):
    paths = sorted((smoke.root / "results/smoke").rglob("history.parquet"))
    runs = _study(smoke)["runs"]
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
            standard = record["method"] == "squares_standard_smoke"
            expected = {"k": "inf", "r": "inf"} if standard else {"k": 0.001, "r": 5}
            assert expected.items() <= record["settings"].items()


def test_claims_and_figures_exist(smoke):
    claims = pd.read_csv(smoke.root / "results/smoke/claims.csv")
    assert list(claims) == ["source", "statement", "published", "ours", "verdict"]
    assert set(claims.verdict) <= {"reproduced", "not reproduced", "not attempted"}
    for figure in _study(smoke)["figures"]:
        for extension in ("pdf", "png"):
            assert (
                smoke.root / f"results/smoke/figures/{figure}.{extension}"
            ).stat().st_size > 1000


def test_snakemakes_report_shows_every_figure_and_the_claims_with_captions(smoke):
    result = smoke.snakemake("smoke", "--report", "report.html")
    assert result.returncode == 0, result.stderr
    page = (smoke.root / "report.html").read_text()
    for name, figure in _study(smoke)["figures"].items():
        assert f'{{"shows": "{name}", "as": "figure"}}' in page
        assert f"{figure['caption']}</p>" in page
    assert '{"shows": "claims and verdicts", "as": "table"}' in page


def test_splitting_a_run_into_jobs_does_not_change_its_history(smoke, tmp_path):
    """1, 2 and 10 blocks (and one that ends inside a retraining period): equal to the bit."""
    method = "squares_smoke"
    study = {key: value for key, value in _study(smoke).items() if key != "simulated_users"}
    first = study["runs"][0] | {"methods": [method], "seeds": [1]}
    second = study["runs"][1] | {"methods": ["expressions_smoke"], "seeds": [1]}
    for blocks in (1, 10):
        overlay = {
            "studies": {
                f"blocks{blocks}": study
                | {
                    "runs": [first | {"blocks": blocks}, second | {"blocks": blocks}],
                    "figures": {},
                    "claims": [],
                }
            }
        }
        path = smoke.root / f"blocks{blocks}.yaml"
        path.write_text(json.dumps(overlay))
        result = smoke.snakemake(f"blocks{blocks}", "--configfile", str(path))
        assert result.returncode == 0, result.stderr[-4000:]
    for run in (first, second):
        place = f"{run['task']}/{run['model']}/{run['methods'][0]}/seed1/history.parquet"
        expected = _exactly(smoke.root / "results/smoke" / place)
        for blocks in (1, 10):
            path = smoke.root / f"results/blocks{blocks}" / place
            assert _exactly(path) == expected, (run["task"], blocks)


def test_comment_or_touch_reruns_nothing(smoke):
    source = smoke.root / "src/lso/weighting.py"
    script = smoke.root / "workflow/scripts/run_method.py"
    with _edited(source, "import numpy", "# a comment\nimport numpy"):
        script.touch()
        assert smoke.planned("smoke") == {}


def test_editing_a_figure_reruns_that_figure_only(smoke):
    kinds = [figure["kind"] for figure in _study(smoke)["figures"].values()]
    path = smoke.root / "src/lso/figures/learning_curves.py"
    with _edited(path, "@styled", "EDITED = 1\n\n\n@styled"):
        assert smoke.planned("smoke") == {"draw_figure": kinds.count("learning_curves")}


def test_editing_the_rank_weight_reruns_weighted_retraining_and_what_follows(smoke):
    with _edited(smoke.root / "src/lso/weighting.py", "1 / (self.k", "2 / (self.k"):
        planned = smoke.planned("smoke")
        result = smoke.snakemake("smoke", "--dry-run")
    assert not {"prepare_dataset", "score_objects", "train_model"} & set(planned)
    entries = yaml.safe_load((smoke.root / "config/methods.yaml").read_text())["methods"]
    expected = sum(
        len(run["seeds"])
        for run in _study(smoke)["runs"]
        for method in run["methods"]
        if entries[method].get("weighting")
    )
    assert planned["run_method"] == expected
    assert "Running prior_sampling" not in result.stdout
    assert planned["summarise_study"] == planned["check_claims"] == 1


def test_editing_an_objective_reruns_its_task_only(smoke):
    path = smoke.root / "src/lso/objectives/square_area.py"
    with _edited(path, "@dataclass(", "EDITED = 1\n\n\n@dataclass("):
        result = smoke.snakemake("smoke", "--dry-run")
    assert "objects of the task squares_smoke" in result.stdout
    assert "objects of the task expressions_smoke" not in result.stdout


@pytest.mark.parametrize("damage", ["delete", "truncate"])
def test_damaged_intermediates_are_made_again(smoke, damage):
    """A deleted result is made again; so is a truncated one, put aside and never believed."""
    path = next((smoke.root / "results/smoke").rglob("seed1/history.parquet"))
    content, expected = path.read_bytes(), _exactly(path)
    try:
        if damage == "delete":
            path.unlink()
            assert smoke.planned(str(path.relative_to(smoke.root))) == {"run_method": 1}
        else:
            path.write_bytes(content[: len(content) // 2])
            (smoke.root / "results/smoke/summary.parquet").unlink()
            result = smoke.snakemake("results/smoke/summary.parquet")
            assert result.returncode == 0, result.stderr[-3000:]
            assert "put aside as history.parquet.damaged" in result.stderr
            assert _exactly(path) == expected
    finally:
        path.write_bytes(content)
        result = smoke.snakemake("smoke", "--rerun-triggers", "mtime")
        assert result.returncode == 0, result.stderr[-3000:]


def _until(condition):
    end = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_after_a_kill_one_plain_run_finds_the_same(smoke, tmp_path):
    """No lock is left, no orphan goes on, and the history is the same in every digit."""
    run = "smoke/squares_smoke/squares_smoke/squares_smoke/seed1"
    block = smoke.root / f"results/{run}/blocks/1.parquet"
    log = smoke.root / f"results/logs/run_method/{run}.1.log"
    target = str(block.relative_to(smoke.root))
    expected = _exactly(block)
    paths = (block, block.with_suffix(".safetensors"), log)
    kept = {path: shutil.copy2(path, tmp_path) for path in paths}
    for path in paths:
        path.unlink()
    command = [sys.executable, "-m", "snakemake", "--cores", "1", target]
    with (tmp_path / "printed").open("w") as file:
        workflow = psutil.Popen(command, cwd=smoke.root, stdout=file, stderr=file)
    _until(lambda: log.exists() and "query" in log.read_text())
    job = workflow.children(recursive=True)[-1]
    job.suspend()  # the block is short, and the kill must not come after its end
    workflow.kill()
    workflow.wait()
    time.sleep(1.5)
    job.resume()
    _until(lambda: not job.is_running())
    assert not block.exists()
    result = smoke.snakemake(target)
    assert result.returncode == 0, result.stderr[-3000:]
    assert _exactly(block) == expected
    for path, copy in kept.items():  # the rest of the study is as old as these
        shutil.copy2(copy, path)


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
    made = ("results/report/index.html", "results/crate.zip")
    only = (*made, "--config", "archive=only", "run=[smoke]")
    planned = clone.planned("smoke", *only)
    assert planned["restore_archive"] == 1
    assert {"draw_figure", "check_claims", "summarise_study", "write_report"} <= set(planned)
    assert not {"train_model", "run_method", "run_block", "prepare_dataset"} & set(planned)
    result = clone.snakemake(*only)
    assert result.returncode == 0, result.stderr
    page = (clone.root / "results/report/index.html").read_text()
    claim = _study(smoke)["claims"][0]["statement"]
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
