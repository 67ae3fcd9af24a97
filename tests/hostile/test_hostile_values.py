"""Values that are well written and meant badly: configs, headers, names, words, decoded strings.

`make fuzz` tries more often than the continuous checks do.
"""

import copy
import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import torch
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from safetensors.torch import save

from lso.archive import archived
from lso.checkpoints import _digest, read_checkpoint, read_model
from lso.download import DownloadError, fetch
from lso.explore.__main__ import settings_from
from lso.explore.session import read_session
from lso.kinds import ConfigError
from lso.passed import Passed
from lso.representations.grammar import Grammar
from lso.representations.tokens import Tokens
from lso.storage import StorageError, read_history
from lso.validation import check

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = settings(
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
POINT = torch.zeros(2, dtype=torch.float64)
ARCHITECTURE = {
    "kind": "autoregressive",
    "latent_dim": 2,
    "size": "small",
    "width": 4,
    "embedding_dim": 2,
    "representation": {"kind": "tokens", "language": "smiles", "length": 9, "vocabulary": "CNO "},
}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 70) | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


@st.composite
def mutated(draw: st.DrawFn, good: object, top: bool = True) -> object:
    """A nested value in which something is replaced, removed or renamed; a mapping stays one."""
    if not isinstance(good, dict | list) or not good or not (top or draw(st.integers(0, 5))):
        return draw(VALUES)
    good = copy.copy(good)
    key = draw(st.sampled_from(sorted(good) if isinstance(good, dict) else range(len(good))))
    how = draw(st.sampled_from(["into", "into", "into", "into", "remove", "rename"]))
    if how == "into":
        good[key] = draw(mutated(good[key], top=False))
        return good
    removed = good.pop(key)
    if how == "rename" and isinstance(good, dict):
        good[draw(st.text(max_size=5))] = removed
    return good


def _signed(path: Path, metadata: object) -> None:
    """A checkpoint with metadata that only its author believes, and the right checksum."""
    tensors = {"t0": POINT}
    record = {"sha256": _digest(tensors, metadata)} | metadata
    path.write_bytes(save(tensors, {"lso": json.dumps(record)}))


@HOSTILE
@given(architecture=mutated(ARCHITECTURE))
def test_a_hostile_architecture_is_refused(architecture, tmp_path):
    _signed(tmp_path / "c", {"architecture": architecture})
    with pytest.raises((StorageError, ConfigError)):
        read_model(tmp_path / "c")


ENTRY = {
    "seed": 0,
    "moments": [],
    "kept": [{"z": "t0", "x": {"text": "C"}, "number": 0, "position": 0.5, "strategy": "prior"}],
    "revision": 1,
    "lines": 1,
    "runs": 1,
    "target": {"bytes": "AAAA"},
}


@HOSTILE
@given(entry=mutated(ENTRY))
def test_a_hostile_session_is_read_or_refused(entry, tmp_path):
    _signed(tmp_path / "s", {"session": entry | {"model": "digest"}})
    try:
        read_session(tmp_path / "s", "digest")
    except StorageError:
        pass


@HOSTILE
@given(header=VALUES)
def test_a_hostile_header_is_refused(header, tmp_path):
    (tmp_path / "c").write_bytes(save({"w": POINT}, {"lso": json.dumps(header)}))
    with pytest.raises(StorageError):
        read_checkpoint(tmp_path / "c")
    text = json.dumps(header)
    table = pa.table({"y": [1.0]}).replace_schema_metadata({"lso": text, "archive": text})
    (tmp_path / "s/t").mkdir(parents=True, exist_ok=True)
    pq.write_table(table, tmp_path / "s/t/x.parquet")
    with pytest.raises(StorageError):
        read_history(tmp_path / "s/t/x.parquet", ["y"])
    try:
        assert archived(tmp_path, {"studies": {}}) == {}
    except StorageError:
        pass


@HOSTILE
@given(words=st.lists(st.text("portseedhn=[]{}:&*!-|>019 \n\t'\"", max_size=12), max_size=3))
def test_hostile_settings_of_the_explorer_are_told(words):
    try:
        settings_from(words)
    except ConfigError:
        pass


NAMES = st.text("ab./\\\0~%\n", max_size=12)


@HOSTILE
@given(name=NAMES, path=NAMES)
def test_no_download_leaves_its_folder(name, path, tmp_path):
    (tmp_path / "a").mkdir(exist_ok=True)
    (tmp_path / "b").write_bytes(b"secret")
    before = sorted(tmp_path.rglob("*"))
    source = {"path": path, "sha256": "0" * 64}
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path / "a")
        with pytest.raises(DownloadError):
            fetch(name, source, tmp_path / "target", str(tmp_path / "a"))
    assert sorted(tmp_path.rglob("*")) == before


LANGUAGES = [
    Tokens(language, 40).fit(["CCO", "x"]) for language in ("smiles", "selfies", "expression")
]


@pytest.mark.parametrize("representation", [*LANGUAGES, Grammar()], ids=repr)
@HOSTILE
@example(text="C11")  # on which selfies raises an IndexError
@given(text=st.text("CNOcn()[]=#1234@+-*/.xsinep\0é", max_size=60) | st.text(max_size=20))
def test_any_string_is_represented_or_named(representation, text):
    if not representation.can_represent(text):
        with pytest.raises(ValueError, match="."):
            representation.arrays([text])
    else:
        representation.objects(representation.arrays([text]))


@HOSTILE
@given(
    symbols=st.lists(
        st.text("[]CBranchRing=#123.+-", min_size=1, max_size=9), min_size=1, max_size=9
    )
)
def test_any_selfies_decodes_to_an_object_or_none(symbols):
    vocabulary = tuple(dict.fromkeys([*symbols, " "]))
    rows = np.random.default_rng(0).integers(0, len(vocabulary), (4, 20))
    for item in Tokens("selfies", 20, vocabulary).objects(rows):
        assert item is None or isinstance(item, str)


def _small_config() -> dict:
    """The entries of the study `smoke`; all would take ten seconds a time."""
    config = {}
    for path in [*(ROOT / "config").glob("*.yaml"), ROOT / "config/studies/smoke.yaml"]:
        config |= yaml.safe_load(path.read_text())
    runs = config["studies"]["smoke"]["runs"]
    kept = {
        "methods": {name for run in runs for name in run["methods"]},
        "models": {run["model"] for run in runs},
        "tasks": {run["task"] for run in runs} | {"digits_smoke"},
    }
    for section, names in kept.items():
        config[section] = {name: config[section][name] for name in sorted(names)}
    datasets = {task["dataset"] for task in config["tasks"].values() if "dataset" in task}
    config["datasets"] = {name: config["datasets"][name] for name in sorted(datasets)}
    config["report"] = {"answers": [], "papers": {}, "figures": {}, "findings": []}
    return json.loads(json.dumps(config | {"run": ["smoke"]}))


CONFIG = _small_config()


@settings(HOSTILE, max_examples=max(10, HOSTILE.max_examples // 10))
@given(config=mutated(CONFIG))
def test_a_mutated_config_is_good_or_told(config):
    try:
        check(config, ROOT, Passed((), lambda *names: ""))
    except ConfigError:
        pass
