import gzip

import pytest

from lso.datasets.csv_column import CsvColumn

TABLE = b'smiles,logP,qed\n"OCC\n",5.0,0.7\n"C[C@H](N)O\n",1.0,0.1\n"",2.0,0.3\n"[Na]\n",0,0\n'


def test_cells_are_stripped_and_empty_ones_skipped():
    assert CsvColumn("smiles").objects({"file": TABLE}) == ["OCC", "C[C@H](N)O", "[Na]"]


def test_gzip_and_canonical_molecules():
    objects = CsvColumn("smiles", canonical=True).objects({"file": gzip.compress(TABLE)})
    assert objects == ["CCO", "CC(N)O", "[Na]"]


def test_words_like_nan_stay_strings():
    assert CsvColumn("s").objects({"file": b"s,t\nNaN,1\nNA,2\n"}) == ["NaN", "NA"]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"SMILES\nCC\n", "no column 'smiles'; known: SMILES"),
        (b'smiles,y\n"CC,1\n', "expected a table"),
        (b"smiles\n1,2,3\n1,2,3,4\n", "expected a table"),
        (b"", "empty"),
        (b"\xff", "UTF-8"),
    ],
)
def test_malformed_contents_are_value_errors(content, message):
    with pytest.raises(ValueError, match=message):
        CsvColumn("smiles").objects({"file": content})


def test_settings_fail_at_construction():
    with pytest.raises(ValueError, match="limit"):
        CsvColumn("smiles", limit=0)
