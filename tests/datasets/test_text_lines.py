import gzip
import logging

import pytest

from lso.datasets.text_lines import TextLines


def test_blanks_and_empty_lines_are_removed():
    assert TextLines().objects({"file": b"x + 1\r\n\n\n  2 * x"}) == ["x+1", "2*x"]


def test_gzip_is_recognised():
    assert TextLines().objects({"file": gzip.compress(b"x\n1\n")}) == ["x", "1"]


def test_molecules_become_canonical_and_lose_stereochemistry(caplog):
    lines = b"OCC\nC[C@H](N)O\nnonsense\n"
    with caplog.at_level(logging.WARNING):
        assert TextLines(canonical=True).objects({"file": lines}) == ["CCO", "CC(N)O"]
    assert "dropped 1 of 3" in caplog.text


def test_a_subset_keeps_the_order():
    lines = "\n".join(f"{i:03}" for i in range(200)).encode()
    subset = TextLines(limit=20).objects({"file": lines})
    assert subset == sorted(set(subset))
    assert len(subset) == 20
    assert len(TextLines(limit=999).objects({"file": lines})) == 200


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({}, "one file"),
        ({"a": b"x", "b": b"x"}, "one file"),
        ({"a": b""}, "empty"),
        ({"a": b" \n\n"}, "empty"),
        ({"a": b"\xff\xfe\xff"}, "UTF-8"),
        ({"a": gzip.compress(b"x" * 100)[:-9]}, "gzip"),
        ({"a": gzip.compress(b"")}, "empty"),
        ({"a": b"\x1f\x8bnot gzip at all"}, "gzip"),
    ],
)
def test_malformed_contents_are_value_errors(files, message):
    with pytest.raises(ValueError, match=message):
        TextLines().objects(files)


def test_settings_fail_at_construction():
    with pytest.raises(ValueError, match="limit"):
        TextLines(limit=0)
