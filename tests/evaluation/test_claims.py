import math

import numpy as np
import pandas as pd
import pytest

from lso.evaluation.claims import Measurement, measure_table
from lso.evaluation.verdicts import check_claims

A = {"task": "squares", "label": "a"}
B = {"task": "squares", "label": "b"}
AT = {"statistic": "best", "query": 10}
TEXTS = {"source": "tripp2020, Fig. 2", "statement": "a beats b", "published": "2 > 1"}


def summary():
    """Setting a climbs to 10 and 12 (two seeds), b stays at 1, c is unfinished."""
    rows = [
        ("s", "squares", "m", label, label, seed, query, height * query / 10, 1.0)
        for label, seed, height, budget in (("a", 1, 10, 10), ("a", 2, 12, 10), ("c", 1, 9, 4))
        for query in range(1, budget + 1)
    ]
    rows += [("s", "squares", "m", "b", "b", 1, query, 1.0, 0.5) for query in range(1, 11)]
    columns = "study task model method label seed query best valid_share".split()
    return pd.DataFrame(rows, columns=columns)


def check(**claim):
    return check_claims([{**TEXTS, **claim}], summary()).iloc[0]


@pytest.mark.parametrize(
    ("relation", "verdict"),
    [
        ({"at_least": 11}, "reproduced"),
        ({"at_least": 11.5}, "not reproduced"),
        ({"at_most": 11}, "reproduced"),
        ({"between": [10.5, 11.5]}, "reproduced"),
        ({"between": [0, 1]}, "not reproduced"),
    ],
)
def test_bounds_on_the_mean_over_seeds(relation, verdict):
    row = check(quantity={**A, **AT}, relation=relation)
    assert row["verdict"] == verdict
    assert row["ours"] == "11 ± 1 (n=2)"
    assert row["published"] == "2 > 1"


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (-81910.4, 5123.0, "-81,910 ± 5,100 (n=3)"),
        (-1.4416, 2.2e-16, "-1.442 ± 0 (n=3)"),
        (-0.0005975, math.nan, "-0.0005975 (n=3)"),
        (3.03e-23, 4.2e-25, "3.03e-23 ± 4.2e-25 (n=3)"),
    ],
)
def test_numbers_are_written_for_readers(mean, sd, text):
    assert str(Measurement(mean, sd, 3)) == text


@pytest.mark.parametrize(
    ("runs", "share"),
    [
        ({"at_least": 11}, 0.5),
        ({"at_least": 10}, 1),
        ({"between": [0, 9]}, 0),
        ({"at_most": 10}, 0.5),
    ],
)
def test_share_of_runs_that_keep_a_bound(runs, share):
    relation = {"between": [share, share]}
    assert check(quantity={**A, **AT, "runs": runs}, relation=relation)["verdict"] == "reproduced"


@pytest.mark.parametrize("runs", [{"above": 1}, {"between": [1]}, {"at_least": "many"}, {}, 3])
def test_malformed_share_of_runs(runs):
    with pytest.raises(ValueError, match=r"for runs|expects \d number"):
        check(quantity={**A, **AT, "runs": runs}, relation={"at_least": 0.5})


def test_ordering_is_strict():
    assert check(relation={"ordering": [{**A, **AT}, {**B, **AT}]})["verdict"] == "reproduced"
    assert check(relation={"ordering": [{**B, **AT}, {**A, **AT}]})["verdict"] == "not reproduced"
    same = check(quantity={**A, **AT}, relation={"ordering": [{}, {}]})
    assert same["verdict"] == "not reproduced"


def test_ordering_completes_its_quantities():
    row = check(quantity=AT, relation={"ordering": [A, B]})
    assert (row["verdict"], row["ours"]) == ("reproduced", "11 ± 1 (n=2), 1 (n=1)")


@pytest.mark.parametrize(
    ("label", "reason"), [("z", "no run with task=squares, label=z"), ("c", "4 of 10 queries")]
)
def test_missing_and_unfinished_runs_are_not_attempted(label, reason):
    row = check(quantity={**A, **AT, "label": label}, relation={"at_least": 0})
    assert row["verdict"] == "not attempted"
    assert reason in row["ours"]


def test_a_run_without_any_valid_object_reproduces_nothing():
    frame = summary().assign(best=np.nan)
    claim = {**TEXTS, "quantity": {**A, **AT}, "relation": {"at_most": 100}}
    assert check_claims([claim], frame)["verdict"].tolist() == ["not attempted"]


def test_no_claims_make_an_empty_table():
    assert check_claims([], summary()).columns.tolist()[-1] == "verdict"


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ({"relation": {"near": 3}, "quantity": {**A, **AT}}, "known.*ordering"),
        ({"relation": {"between": 3}, "quantity": {**A, **AT}}, "2 number"),
        ({"relation": {"at_least": "3"}, "quantity": {**A, **AT}}, "1 number"),
        ({"relation": {"ordering": [A]}, "quantity": AT}, "at least two"),
        ({"relation": {"at_least": 3}}, "quantity needs"),
        ({"relation": {"at_least": 3}, "quantity": {**A, **AT, "query": 0}}, "from 1"),
        ({"relation": {"at_least": 3}, "quantity": {**A, **AT, "statistic": "x"}}, "valid_share"),
        ({"relation": {"at_least": 3}, "quantity": {**A, **AT, "lable": "a"}}, "lable"),
        ({"relation": {"at_least": 1, "at_most": 2}, "quantity": {**A, **AT}}, "one relation"),
        ({"relation": {"at_least": 3}, "quantity": {"task": "squares", **AT}}, "several settings"),
        ({"relation": {"at_least": 3}, "quantity": {**A, **AT, "label": ["a"]}}, "one label"),
    ],
)
def test_malformed_claims_name_what_is_known(claim, message):
    with pytest.raises(ValueError, match=message):
        check(**claim)


def test_a_claim_about_several_rows_needs_all_of_them():
    table = pd.DataFrame({"label": ["a", "b", "c"], "value": [1.0, 2.0, np.nan]})
    verdicts = {}
    for label in ("b", "c", "d"):  # there, without a value, not there
        where = {"label": ["a", label]}
        quantity = {"table": "t", "column": "value", "aggregate": "max", "where": where}
        claim = {**TEXTS, "quantity": quantity, "relation": {"at_least": 1}}
        row = check_claims([claim], summary(), {"t": table}).iloc[0]
        verdicts[label] = (row["verdict"], row["ours"])
    assert verdicts["b"] == ("reproduced", "2 (n=2)")
    assert verdicts["c"] == ("not attempted", "no value with label=c")
    assert verdicts["d"] == ("not attempted", "no value with label=d")


def test_a_table_of_several_queries_is_read_at_the_last_unless_another_is_named():
    table = pd.DataFrame({"query": [5, 10], "value": [1.0, 7.0]})
    quantity = {"table": "t", "column": "value"}
    last = measure_table(quantity, {"t": table})
    assert (last.mean, last.seeds) == (7.0, 1)
    assert measure_table({**quantity, "where": {"query": 5}}, {"t": table}).mean == 1.0
    unreached = measure_table({**quantity, "where": {"query": 20}}, {"t": table})
    assert unreached.reason == "no value with query=20"


@pytest.mark.parametrize(
    ("seeds", "verdict"), [({}, "not attempted"), ({"seeds": 2}, "reproduced")]
)
def test_a_comparison_of_too_few_seeds_decides_nothing(seeds, verdict):
    table = pd.DataFrame({"label": ["a", "b"], "low": [1.0, 1.0], "seeds": [5, 2]})
    quantity = {"table": "t", "column": "low", "where": {"label": ["a", "b"]}, "aggregate": "min"}
    claim = {**TEXTS, **seeds, "quantity": quantity, "relation": {"at_least": 0.5}}
    row = check_claims([claim], summary(), {"t": table}).iloc[0]
    assert row["verdict"] == verdict
    assert ("2 of 3 seeds" in row["ours"]) == (verdict == "not attempted")


@pytest.mark.parametrize("seeds", [0, "many"])
def test_malformed_number_of_seeds(seeds):
    with pytest.raises(ValueError, match="seeds counts from 1"):
        check(quantity={**A, **AT}, relation={"at_least": 1}, seeds=seeds)
