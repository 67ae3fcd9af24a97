"""What reruns when something changes, and what one plain run mends, on a finished smoke study."""

import shutil
import sys
import time
from contextlib import contextmanager

import psutil
import yaml

HISTORY = "results/smoke/squares_smoke/squares_smoke/prior_sampling/seed1/history.parquet"


@contextmanager
def _edited(path, old, new):
    before = path.read_text()
    assert old in before
    try:
        path.write_text(before.replace(old, new))
        yield
    finally:
        path.write_text(before)


@contextmanager
def _restored(folder, *paths):
    """Put files back with their times: the rest of the study is as old as they are."""
    kept = [shutil.copy2(path, folder / f"{i}") for i, path in enumerate(paths)]
    try:
        yield
    finally:
        for path, copy in zip(paths, kept, strict=True):
            shutil.copy2(copy, path)


def test_comment_or_touch_reruns_nothing(smoke):
    source = smoke.root / "src/lso/weighting.py"
    script = smoke.root / "workflow/scripts/run_method.py"
    with _edited(source, "import numpy", "# a comment\nimport numpy"):
        script.touch()
        assert smoke.planned("smoke") == {}


def test_editing_a_figure_reruns_that_figure_only(smoke):
    kinds = [figure["kind"] for figure in smoke.study["figures"].values()]
    path = smoke.root / "src/lso/figures/learning_curves.py"
    with _edited(path, "@styled", "EDITED = 1\n\n\n@styled"):
        assert smoke.planned("smoke") == {"draw_figure": kinds.count("learning_curves")}


def test_editing_the_rank_weight_reruns_weighted_retraining_and_what_follows(smoke):
    with _edited(smoke.root / "src/lso/weighting.py", "1 / (self.k", "2 / (self.k"):
        planned, text = smoke.plan("smoke")
    assert not {"prepare_dataset", "score_objects", "train_model"} & set(planned)
    entries = yaml.safe_load((smoke.root / "config/methods.yaml").read_text())["methods"]
    expected = sum(
        len(run["seeds"])
        for run in smoke.study["runs"]
        for method in run["methods"]
        if entries[method].get("weighting")
    )
    assert planned["run_method"] == expected
    assert "Running prior_sampling" not in text
    assert planned["summarise_study"] == planned["check_claims"] == 1


def test_editing_an_objective_reruns_its_task_only(smoke):
    path = smoke.root / "src/lso/objectives/square_area.py"
    with _edited(path, "@dataclass(", "EDITED = 1\n\n\n@dataclass("):
        _, text = smoke.plan("smoke")
    assert "objects of the task squares_smoke" in text
    assert "objects of the task expressions_smoke" not in text


def test_a_deleted_result_is_made_again(smoke, tmp_path):
    with _restored(tmp_path, smoke.root / HISTORY):
        (smoke.root / HISTORY).unlink()
        assert smoke.planned(HISTORY) == {"run_method": 1}


def test_a_truncated_result_is_put_aside_and_made_again(smoke, tmp_path):
    """It is as new as can be, and never believed."""
    path, summary = smoke.root / HISTORY, smoke.root / "results/smoke/summary.parquet"
    expected = smoke.history(path)
    with _restored(tmp_path, path, path.with_name("state.safetensors"), summary):
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        summary.unlink()
        result = smoke.snakemake("results/smoke/summary.parquet")
        assert result.returncode == 0, result.stderr[-3000:]
        assert "put aside as history.parquet.damaged" in result.stderr
        assert smoke.history(path) == expected
    assert smoke.planned("smoke") == {}


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
    expected = smoke.history(block)
    paths = (block, block.with_suffix(".safetensors"), log)
    with _restored(tmp_path, *paths):
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
        assert smoke.history(block) == expected
