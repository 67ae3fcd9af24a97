import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from lso.evaluation.detection import summarise_detection
from lso.evaluation.verdicts import check_claims

PUBLISHED = pd.DataFrame({"model": ["m"], "score": ["LES"], "published": [0.5]})


def labelled(n=300, shift=1.0):
    rng = np.random.default_rng(0)
    valid = rng.random(n) < 0.6
    return np.round(rng.normal(size=n) + shift * valid, 1), valid  # rounded: with ties


def test_area_is_that_of_the_library_inside_its_interval():
    table = summarise_detection(points(), PUBLISHED).set_index("score").loc["likelihood"]
    frame = points().query("score == 'likelihood'")
    assert table.area == pytest.approx(roc_auc_score(frame.valid, frame.value), abs=1e-12)
    assert table.low < table.area < table.high
    # Hanley and McNeil: the standard error is about sqrt(area (1 - area) / smaller class)
    assert 0.03 < table.high - table.low < 0.25


def test_one_label_has_no_area():
    table = summarise_detection(points().assign(valid=True), PUBLISHED)
    assert table.area.isna().all()
    assert (table.valid_share == 1).all()


def points():
    values, valid = labelled()
    frame = pd.DataFrame({"set": ["data", "prior", "far"] * 100, "valid": valid, "point": 0})
    frame = frame.assign(model="m", protocol="p")
    ours = frame.assign(score="LES", value=values, seconds=0.02)
    ours.loc[0, "value"] = np.inf
    return pd.concat([ours, frame.assign(score="likelihood", value=-values, seconds=0.001)])


def test_summary_counts_costs_and_compares():
    table = summarise_detection(points(), PUBLISHED).set_index("score")
    assert table.loc["LES", "left_out"] == 1
    assert table.loc["LES", "relative_seconds"] == pytest.approx(20)
    assert table.loc["LES", "deviation"] == pytest.approx(table.loc["LES", "area"] - 0.5)
    assert np.isnan(table.loc["likelihood", "deviation"])
    drawn = points().query("score == 'likelihood' and set != 'data'")
    expected = roc_auc_score(drawn.valid, drawn.value)
    assert table.loc["likelihood", "area_without_data"] == pytest.approx(expected)
    far = drawn.query("set == 'far'")
    expected = roc_auc_score(far.valid, far.value)
    assert table.loc["likelihood", "area_far"] == pytest.approx(expected)


TEXTS = {"source": "s", "statement": "t", "published": "0.9"}


def claim(relation, **quantity):
    table = pd.DataFrame({"score": ["LES", "LES", "prior"], "area": [0.9, 0.8, 0.5]})
    given = {"table": "detection", "column": "area", **quantity}
    tables = {"detection": table}
    return check_claims(
        [{**TEXTS, "quantity": given, "relation": relation}], pd.DataFrame(), tables
    ).iloc[0]


def test_claims_read_other_tables():
    les, prior = ({"where": {"score": name}} for name in ("LES", "prior"))
    assert claim({"between": [0.84, 0.86]}, **les)["verdict"] == "reproduced"
    assert claim({"at_most": 0.8}, aggregate="min", **les)["verdict"] == "reproduced"
    assert claim({"at_most": 0.8}, aggregate="max", **les)["verdict"] == "not reproduced"
    assert claim({"ordering": [les, prior]})["verdict"] == "reproduced"
    both = claim({"ordering": [prior, {"where": {"score": ["LES", "prior"]}}]})
    assert both["verdict"] == "not reproduced"
    assert claim({"at_least": 0}, where={"score": "x"})["verdict"] == "not attempted"
    assert claim({"at_least": 0}, table="other")["verdict"] == "not attempted"


@pytest.mark.parametrize(
    ("quantity", "message"),
    [
        ({"column": "aera"}, "no column 'aera'"),
        ({"aggregate": "median"}, "no aggregate 'median'; known"),
        ({"query": 3}, "query"),
    ],
)
def test_malformed_quantities_of_tables(quantity, message):
    with pytest.raises(ValueError, match=message):
        claim({"at_least": 0}, **quantity)
