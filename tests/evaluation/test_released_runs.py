import io
import os
import tarfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lso.evaluation.published import figures_of
from lso.evaluation.released_runs import ReleasedRunsError, read_runs

ROOT = Path(__file__).parents[2]
RELEASED = ROOT.parent / "shared" / "reference" / "weighted_retraining" / "curves.parquet"
PREFIX = "weighted-retraining-4b1c783/assets/official_results"


def npz(**arrays):
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def packed(files):
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz", compresslevel=1) as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def folder_of(run):
    """Where the authors keep a run: the layout of their repository."""
    alpha = {0.001: "1e-3", 0.01: "1e-2", 0.1: "1e-1", 1.0: "1.0"}
    if run.strategy == "rank":
        setting = f"k_{run.k}/r_{run.r}"
    elif run.strategy == "rwr":
        setting = f"r_{run.r}/alpha_{alpha[run.alpha]}"
    else:
        setting = f"q_{run['quantile']:g}/r_{run.r}"
        setting += f"/n_{run.noise:g}" if run.strategy == "dbas" else ""
    return f"{PREFIX}/{run.task}/{run.strategy}/{setting}/seed{run.seed}/results.npz"


def test_read_runs_knows_settings_signs_and_failed_decodes():
    points = np.array(["x+1", None, "x*x"], dtype=object)
    content = packed(
        {
            f"{PREFIX}/expr/dbas/q_0.95/r_200/n_0.1/seed3/results.npz": npz(
                opt_points=points, opt_point_properties=np.array([1.5, 7.0, 0.5])
            ),
            f"{PREFIX}/shapes/rank/k_inf/r_1000000/seed0/results.npz": b"",
            f"{PREFIX}/../README.md": b"text",
        }
    )
    runs = read_runs(content)
    assert runs["objective"].tolist() == [-1.5, -7.0, -0.5]
    assert runs["valid"].tolist() == [True, False, True]
    assert runs["point"].fillna("failed").tolist() == ["x+1", "failed", "x*x"]
    first = runs.iloc[0]
    assert (first.task, first.strategy, first.r, first.seed) == ("expr", "dbas", 200, 3)
    assert (first["quantile"], first["noise"]) == (0.95, 0.1)
    assert pd.isna(first.k)


class Bomb:
    def __reduce__(self):
        return os.mkdir, ("exploded",)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"no archive", "expected a tar.gz"),
        (packed({"x/README.md": b"text"}), "came none"),
        (packed({f"{PREFIX}/chem/fb/q_0.8/r_200/seed1/results.npz": b"no zip"}), "BadZipFile"),
        (
            packed(
                {
                    f"{PREFIX}/chem/fb/q_0.8/r_200/seed1/results.npz": npz(
                        opt_points=np.array([Bomb()], dtype=object),
                        opt_point_properties=np.array([1.0]),
                    )
                }
            ),
            "arrays only, came .*mkdir",
        ),
    ],
)
def test_what_is_no_released_run_is_refused(content, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ReleasedRunsError, match=message):
        read_runs(content)
    assert not Path("exploded").exists()


@pytest.mark.skipif(not RELEASED.exists(), reason="the released runs are not beside the project")
def test_the_released_runs_in_their_layout_are_read_as_they_are():
    columns = ["task", "strategy", "k", "r", "quantile", "noise", "alpha", "seed"]
    curves = pd.read_parquet(RELEASED, filters=[("seed", "==", 1), ("query_index", "<=", 200)])
    curves["k"] = curves["k"].astype(object).where(curves["k"].notna(), None)
    curves["point"] = curves["point"].astype(object).where(curves["point"].notna(), None)
    curves = curves.sort_values([*columns, "query_index"], ignore_index=True)
    files = {
        folder_of(run.iloc[0]): npz(
            opt_points=run["point"].to_numpy(), opt_point_properties=run["score"].to_numpy()
        )
        for _, run in curves.groupby(columns, dropna=False, sort=False)
    }
    runs = read_runs(packed(files)).sort_values([*columns, "query_index"], ignore_index=True)
    expected = curves[runs.columns].fillna({"k": "", "point": ""})
    runs = runs.fillna({"k": "", "point": ""})
    pd.testing.assert_frame_equal(runs, expected, check_dtype=False)


def test_figures_of_a_table_give_their_rows_again():
    committed = pd.read_csv(ROOT / "config/published/weighted_retraining.csv")
    figures = figures_of(committed)
    assert len(figures) == (committed["source"] == "figure").sum()
    assert set(zip(figures["k"], figures["r"], strict=True)) == {
        ("1e-3", "5"),
        ("1e-1", "5"),
        ("inf", "5"),
    }
