"""The contract other tools read."""

import numpy as np
import pyarrow as pa
import pytest

from lso import history

RECORD = {
    "study": "s",
    "task": "t",
    "model": "m",
    "method": "q",
    "seed": 1,
    "settings": {"k": 0.001},
    "code": "0",
}


def test_columns_types_and_metadata():
    table = history.table(
        np.zeros((4, 2)), ["a", None, "b", "c"], [1.0, np.nan, 2.0, np.nan], [0.1] * 4, 2, RECORD
    )
    assert table.column_names == ["round", "query", "x", "z", "y", "valid", "seconds"]
    assert table["round"].to_pylist() == [0, 0, 1, 1]
    assert table["valid"].to_pylist() == [True, False, True, False]
    assert np.isnan(table["y"][1].as_py())
    record = history.metadata(table)
    assert record["settings"] == {"k": 0.001}
    assert set(record) == set(history.KEYS)
    assert record["packages"]["torch"].startswith("2.")


def test_images_are_binary():
    table = history.table(np.zeros((1, 2)), [b"\x01"], [1.0], [0.1], 1, RECORD)
    assert table.schema.field("x").type == pa.binary()


def test_shown_positions_are_one_more_column():
    table = history.table(np.zeros((2, 2)), ["a", "b"], [1, 2], [0, 0], 1, RECORD, shown=[0, 21])
    assert table.column_names == [*history.schema().names, "shown"]
    assert table["shown"].to_pylist() == [0, 21]
    assert history.metadata(table)["seed"] == 1


def test_missing_metadata():
    with pytest.raises(ValueError, match="must have the keys"):
        history.table(np.zeros((0, 2)), [], [], [], 1, {"study": "s"})
    with pytest.raises(ValueError, match="not a history"):
        history.metadata(pa.table({"x": [1]}))


def test_other_version():
    table = history.table(np.zeros((0, 2)), [], [], [], 1, RECORD)
    other = table.replace_schema_metadata({"lso": '{"version": 99}'})
    with pytest.raises(ValueError, match="version 99"):
        history.metadata(other)
