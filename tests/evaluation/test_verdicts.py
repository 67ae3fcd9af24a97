"""Our own questions: holds, does not hold, undecided, and what decides it."""

import pandas as pd
import pytest

from lso.evaluation.verdicts import check_claims

OURS = {"source": "ours, before the run", "statement": "a beats b", "published": "not tested"}
AT = {"task": "t", "statistic": "best", "query": 1}
A_OVER_B = {"ordering": [{"label": "a"}, {"label": "b"}]}


def runs_of(**scores: list[float]) -> pd.DataFrame:
    """One run of one query per score; its place is its seed."""
    rows = [
        ("s", "t", "m", label, label, seed, 1, value)
        for label, values in scores.items()
        for seed, value in enumerate(values)
    ]
    columns = "study task model method label seed query best".split()
    return pd.DataFrame(rows, columns=columns)


def check(summary, relation=A_OVER_B, **claim):
    return check_claims([{**OURS, "quantity": AT, "relation": relation, **claim}], summary).iloc[0]


@pytest.mark.parametrize(
    ("a", "b", "verdict"),
    [
        ([11.0, 22.0, 33.0], [10.0, 20.0, 30.0], "undecided"),  # 2 ± 2.48
        ([11.5, 22.0, 32.5], [10.0, 20.0, 30.0], "holds"),  # 2 ± 1.24, far less than the seeds'
        ([10.0, 20.0, 30.0], [11.5, 22.0, 32.5], "does not hold"),
        ([2.0, 3.0, 4.0], [1.0, 2.0, 3.0], "holds"),  # the same in all seeds
        ([1.0, 2.0, 3.0], [1.0, 2.0, 3.0], "undecided"),
    ],
)
def test_orderings_of_ours_are_decided_by_the_interval_of_the_paired_difference(a, b, verdict):
    assert check(runs_of(a=a, b=b))["verdict"] == verdict


def test_of_a_chain_every_neighbour_is_a_pair():
    relation = {"ordering": [{"label": "a"}, {"label": "b"}, {"label": "c"}]}
    summary = runs_of(a=[3.0, 4.1, 5.0], b=[2.0, 3.0, 4.0], c=[1.0, 2.1, 3.0])
    row = check(summary, relation)
    assert row["verdict"] == "holds"
    assert row["ours"].count("difference") == 2
    unclear = runs_of(a=[3.0, 4.1, 5.0], b=[2.0, 3.0, 4.0], c=[1.0, 9.0, 1.0])
    assert check(unclear, relation)["verdict"] == "undecided"
    wrong = runs_of(a=[3.0, 4.1, 5.0], b=[5.0, 6.0, 7.0], c=[1.0, 9.0, 1.0])
    assert check(wrong, relation)["verdict"] == "does not hold"


def test_the_difference_is_told_and_is_of_the_seeds_that_both_have():
    summary = runs_of(a=[11.5, 22.0, 32.5], b=[10.0, 20.0, 30.0, 900.0])
    row = check(summary)
    assert row["verdict"] == "holds"  # though the mean of b, over all of its seeds, is larger
    assert row["ours"].endswith("difference 2 (0.76 to 3.2; n=3)")


def test_two_pairs_decide_nothing_unless_the_claim_says_that_they_do():
    summary = runs_of(a=[11.0, 21.1, 7.0], b=[10.0, 20.0])
    row = check(summary)
    assert row["verdict"] == "not attempted"
    assert "2 of 3 paired seeds" in row["ours"]
    assert "label=a" in row["ours"]
    assert check(summary, seeds=2)["verdict"] == "holds"


def test_a_claim_of_a_paper_keeps_its_words_and_compares_means():
    summary = runs_of(a=[11.0, 22.0, 33.0], b=[10.0, 20.0, 30.0])
    row = check(summary, source="tripp2020")
    assert row["verdict"] == "reproduced"
    assert "difference" not in row["ours"]


@pytest.mark.parametrize(
    ("relation", "verdict"), [({"at_least": 1}, "holds"), ({"at_most": 1}, "does not hold")]
)
def test_a_bound_of_ours_holds_or_does_not(relation, verdict):
    quantity = {**AT, "label": "a"}
    assert check(runs_of(a=[2.0]), relation, quantity=quantity)["verdict"] == verdict
