"""Packed tables come back as they were, and only while the config is what made them."""

import copy
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import yaml

from lso.archive import archived, files_of, pack, pack_study, training_seconds, unpack
from lso.recipes import KINDS, PROBES, recipe
from lso.storage import StorageError, read_table, write_table

ROOT = Path(__file__).resolve().parents[1]
RUN = "m/search/seed1"
CONFIG = {
    "datasets": {"d": {"kind": "squares"}},
    "tasks": {"t": {"dataset": "d", "objective": {"kind": "square_area"}}},
    "models": {"m": {"task": "t", "training": {"epochs": 3}}},
    "methods": {"search": {"kind": "weighted_retraining", "label": "k=1", "k": 1.0}},
    "studies": {
        "s": {
            "runs": [
                {"task": "t", "model": "m", "methods": ["search"], "seeds": [1, 2], "queries": 9}
            ],
            "weightings": {"k": 1},
            "prior_samples": {"samples": 5},
            "figures": {"map": {"frames": {"history": {"task": "t"}}}},
        }
    },
}


def _table(seed):
    columns = {"x": [b"\x00a", None], "y": [float(seed), float("nan")], "z": [[0.5], [seed]]}
    return pa.table(columns).replace_schema_metadata({"lso": f'{{"seed": {seed}}}'})


@pytest.fixture
def results(tmp_path):
    for seed in (1, 2):
        write_table(tmp_path / f"s/t/m/search/seed{seed}/history.parquet", _table(seed))
    write_table(tmp_path / "s/t/m/search/seed1/blocks/1.parquet", _table(1))
    write_table(tmp_path / "s/t/m/search/seed7/history.parquet", _table(7))
    write_table(tmp_path / "s/t/weights.parquet", pd.DataFrame({"y": [1.0, 2.0]}))
    return tmp_path


@pytest.fixture
def folder(results):
    for (task, kind), table in pack_study(results, CONFIG, "s").items():
        write_table(results / f"archive/s/{task}/{kind}.parquet", table)
    return results / "archive"


def test_every_table_comes_back_bit_for_bit(results, folder):
    found = archived(folder, CONFIG)
    runs = [f"results/s/t/m/search/seed{seed}/history.parquet" for seed in (1, 2)]
    assert sorted(found) == [*runs, "results/s/t/weights.parquet"]  # seed 7 is not of the study
    for path, archive in found.items():
        back = unpack(read_table(archive))[path.removeprefix("results/s/t/")]
        original = read_table(results / path.removeprefix("results/"))
        assert back.schema.equals(original.schema, check_metadata=True)
        assert repr(back.to_pydict()) == repr(original.to_pydict())


def test_images_that_no_figure_shows_become_digests(results):
    config = copy.deepcopy(CONFIG)
    config["studies"]["s"]["figures"] = {"curve": {"frames": ["summary"]}}
    x = [b"\x00" * 4096, b"\x01" * 4096, None, b"\x00" * 4096]
    table = pa.table({"x": x, "y": [1.0, 2.0, None, 1.0], "z": [[0.5]] * 4})
    write_table(results / "s/t/m/search/seed2/history.parquet", table)
    packed = pack_study(results, config, "s")["t", "history"]
    back = unpack(packed)["m/search/seed2/history.parquet"].to_pydict()
    first, second, missing, again = back["x"]
    assert first == again != second
    assert missing is None
    assert len(first) == len(second) == 8
    assert (back["y"], back["z"]) == ([1.0, 2.0, None, 1.0], [None] * 4)
    # unpacked and packed again, digests are those they were
    restored = unpack(packed)["m/search/seed2/history.parquet"]
    write_table(results / "s/t/m/search/seed2/history.parquet", restored)
    again = pack_study(results, config, "s")["t", "history"]
    assert unpack(again)["m/search/seed2/history.parquet"].to_pydict() == restored.to_pydict()


def test_text_that_no_figure_shows_stays(results):
    config = copy.deepcopy(CONFIG)
    config["studies"]["s"]["figures"] = {}
    table = pa.table({"x": ["x+1", None], "y": [1.0, None], "z": [[0.5]] * 2})
    for seed in (1, 2):
        write_table(results / f"s/t/m/search/seed{seed}/history.parquet", table)
    packed = pack_study(results, config, "s")["t", "history"]
    back = unpack(packed)["m/search/seed2/history.parquet"].to_pydict()
    assert back == table.to_pydict() | {"z": [None] * 2}


def test_packing_again_keeps_what_the_results_lack(results, folder):
    first, second = (f"m/search/seed{seed}/history.parquet" for seed in (1, 2))
    original = read_table(results / "s/t" / first)
    (results / "s/t" / first).unlink()
    packed = pack_study(results, CONFIG, "s", folder)["t", "history"]
    assert list(files_of(packed.schema)) == [first, second]
    back = unpack(packed)[first]
    assert back.schema.equals(original.schema, check_metadata=True)
    assert repr(back.to_pydict()) == repr(original.to_pydict())
    config = copy.deepcopy(CONFIG)
    config["methods"]["search"]["k"] = 2.0
    packed = pack_study(results, config, "s", folder)["t", "history"]
    assert list(files_of(packed.schema)) == [second]


CHANGES = {
    "rank weight": (("methods", "search", "k"), 2.0),
    "training": (("models", "m", "training", "epochs"), 4),
    "objective": (("tasks", "t", "objective", "kind"), "other"),
    "data": (("datasets", "d", "kind"), "other"),
    "budget": (("studies", "s", "limit"), {"queries": 3}),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_run_of_other_entries_is_not_taken(folder, name):
    (*keys, last), value = CHANGES[name]
    config = copy.deepcopy(CONFIG)
    entry = config
    for key in keys:
        entry = entry[key]
    entry[last] = value
    assert not [path for path in archived(folder, config) if "seed" in path]


def test_what_is_only_shown_does_not_decide_a_history():
    config = copy.deepcopy(CONFIG)
    config["methods"]["search"]["label"] = "another"
    config["studies"]["s"]["runs"][0]["seeds"] = [1, 2, 3]
    history, samples = f"{RUN}/history.parquet", f"{RUN}/samples.parquet"
    assert recipe(config, "s", "t", history) == recipe(CONFIG, "s", "t", history)
    assert recipe(config, "s", "t", samples) != recipe(CONFIG, "s", "t", samples)  # it has labels
    assert recipe(CONFIG, "s", "t", "m/search/seed4/history.parquet") is None
    assert recipe(CONFIG, "s", "t", "m/search/seed1/blocks/1.parquet") is None


def test_a_column_that_only_some_tables_have_is_null_in_the_others():
    tables = {"a": _table(1), "b": _table(2).append_column("shown", pa.array([0, 21]))}
    packed = pack(tables, {"a": "1", "b": "2"})
    assert repr(unpack(packed)["b"].to_pydict()) == repr(tables["b"].to_pydict())
    assert unpack(packed)["a"]["shown"].null_count == 2


def test_columns_of_other_types_are_refused():
    tables = {"a": _table(1), "b": pa.table({"y": ["text"]})}
    with pytest.raises(pa.ArrowTypeError):
        pack(tables, {"a": "1", "b": "2"})


@pytest.mark.parametrize("content", [b"", b"not parquet", "table"])
def test_a_damaged_archive_is_named(tmp_path, content):
    path = tmp_path / "s/t/history.parquet"
    if content == "table":
        write_table(path, _table(1))
    else:
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
    with pytest.raises(StorageError, match=f"cannot read the archive {path}"):
        archived(tmp_path, CONFIG)


def test_every_committed_run_is_of_the_committed_config():
    paths = [*(ROOT / "config").glob("*.yaml"), *(ROOT / "config/studies").glob("*.yaml")]
    config = {"methods": {}}
    for path in paths:
        for key, value in yaml.safe_load(path.read_text()).items():
            config[key] = config.get(key, {}) | value if isinstance(value, dict) else value
    folder = ROOT / "results/archive"
    committed = {
        f"results/{path.parts[-3]}/{path.parts[-2]}/{file}"
        for path in folder.glob("*/*/*.parquet")
        for file in files_of(read_table(path).schema)
    }
    assert {path.stem for path in folder.glob("*/*/*.parquet")} <= {*KINDS, *PROBES}
    assert committed == set(archived(folder, config))


def test_scored_latent_points_are_archived_per_model_and_protocol(results):
    detection = {"models": ["m"], "protocols": {"clean": {"points": 3}}}
    config = copy.deepcopy(CONFIG)
    config["studies"]["s"]["detection"] = detection
    for name in ("m/clean", "m/other", "n/clean"):  # of which the config has the first
        write_table(results / f"s/detection/{name}.parquet", pd.DataFrame({"value": [1.0]}))
    packed = pack_study(results, config, "s")["detection", "detection"]
    write_table(results / "archive/s/detection/detection.parquet", packed)
    assert list(files_of(packed.schema)) == ["m/clean.parquet"]
    path = "results/s/detection/m/clean.parquet"
    assert path in archived(results / "archive", config)
    detection["protocols"]["clean"]["points"] = 4
    assert path not in archived(results / "archive", config)


def test_gradients_and_slices_are_archived_while_their_entries_are_the_same(results):
    config = copy.deepcopy(CONFIG)
    study = config["studies"]["s"]
    study["gradients"] = {"models": ["m"], "reference": "LES"}
    study["slices"] = {"a": {"task": "t", "model": "m", "methods": ["search"], "settings": {}}}
    for name in ("gradients/m", "gradients/n", "slices/a/map", "slices/a/paths", "slices/b/map"):
        write_table(results / f"s/{name}.parquet", pd.DataFrame({"value": [1.0]}))
    for (task, kind), table in pack_study(results, config, "s").items():
        write_table(results / f"archive/s/{task}/{kind}.parquet", table)
    asked = {"results/s/gradients/m.parquet"}
    asked |= {f"results/s/slices/a/{kind}.parquet" for kind in ("map", "paths")}
    found = archived(results / "archive", config)
    assert {path for path in found if "seed" not in path and "weights" not in path} == asked
    study["gradients"]["reference"] = "likelihood"
    config["methods"]["search"]["k"] = 2.0
    assert not asked & archived(results / "archive", config).keys()


def test_seconds_of_training_come_from_benchmarks_before_the_archive(tmp_path):
    (tmp_path / "training.csv").write_text("model,seconds\na,1.5\nb,2.5\n")
    (tmp_path / "b.tsv").write_text("s\th:m:s\n3.0\t0:00:03\n4.0\t0:00:04\n")
    known = training_seconds([tmp_path / "b.tsv", tmp_path / "training.csv"])
    assert known == {"a": 1.5, "b": 7.0}


@pytest.mark.parametrize("empty", [0, 1, 2])
def test_a_table_without_rows_comes_back_without_rows(empty):
    tables = {name: _table(seed) for seed, name in enumerate("abc")}
    tables["abc"[empty]] = tables["abc"[empty]].slice(0, 0)
    back = unpack(pack(tables, dict.fromkeys("abc", "1")))
    assert {name: repr(t.to_pydict()) for name, t in back.items()} == {
        name: repr(t.to_pydict()) for name, t in tables.items()
    }


def test_files_that_are_mixed_up_are_refused():
    packed = pack({"a": _table(1), "b": _table(2)}, {"a": "1", "b": "2"})
    order = [0, len(packed) - 1, *range(1, len(packed) - 1)]
    with pytest.raises(StorageError, match="mixed up"):
        unpack(packed.take(order))
