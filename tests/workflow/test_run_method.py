"""The target of a run: a held-out object, counted by the seed."""

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

from lso.storage import write_table

SCRIPT = Path(__file__).resolve().parents[2] / "workflow/scripts/run_method.py"


def test_targets_are_held_out_objects(tmp_path):
    spec = importlib.util.spec_from_file_location("run_method", SCRIPT)
    spec.loader.exec_module(script := importlib.util.module_from_spec(spec))
    path = tmp_path / "objects.parquet"
    held_out = [False, True, False, True]
    write_table(path, pd.DataFrame({"x": [b"a", b"b", b"c", b"d"], "validation": held_out}))
    assert [script.held_out_object(path, seed) for seed in (0, 1)] == [b"b", b"d"]
    with pytest.raises(ValueError, match="seed 2: .* has 2 held-out objects"):
        script.held_out_object(path, 2)
