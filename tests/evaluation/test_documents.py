"""Tables of documents, from frames small enough to write down what they must show."""

import pandas as pd
import pytest

from lso.evaluation.comparison import compare
from lso.evaluation.documents import fill, tables_of

SCORES = {"plain": (1.0, 2.0, 3.0), "both": (2.5, 3.0, 4.5)}
SUMMARY = pd.DataFrame(
    [
        ("study", "toys", "net", label, label, seed, 10, y, y / 2, 5.0 + seed)
        for label, scores in SCORES.items()
        for seed, y in enumerate(scores, 1)
    ],
    columns=[
        *["study", "task", "model", "method", "label", "seed"],
        *["query", "best", "valid_share", "seconds"],
    ],
)
COMPARISON = compare(SUMMARY, ["best"], 10, "plain", {"both": ["plain"]})
TABLES = {"study": {"summary": SUMMARY, "comparison": COMPARISON}}
THEIRS = pd.DataFrame(
    [("toys", "plain", 10, "top1", 1.5, 0.25), ("toys", "plain", 10, "top10", 9.0, 0.0)],
    columns=["task", "setting", "query", "statistic", "mean", "sd"],
)
BEST = {"task": "toys", "label": "both", "statistic": "best", "query": 10}
QUESTION = {
    "question": "How good?",
    "published": "-",
    "here": "{best:.1f}",
    "answer": "so so",
    "seeds": 3,
    "numbers": {"best": {"study": "study", "quantity": BEST}},
}


def _table(settings: str) -> list[str]:
    text = f"before\n\n<!-- table: {{{settings}}} -->\nold\n<!-- end -->\nafter\n"
    filled = fill(text, TABLES, {"published": THEIRS}, [QUESTION])
    assert filled == fill(filled, TABLES, {"published": THEIRS}, [QUESTION])
    lines = filled.splitlines()
    assert lines[:2] == ["before", ""]
    assert lines[-2:] == ["<!-- end -->", "after"]
    return lines[3:-2]


def test_best_by_seed():
    assert _table("kind: by_seed, study: study, task: toys, query: 10, published: true") == [
        "| setting | by seed | mean | published | seconds |",
        "| --- | --- | --- | --- | --- |",
        "| both | 2.50, 3.00, 4.50 | 3.33 |  | 6 to 8 |",
        "| plain | 1.00, 2.00, 3.00 | 2.00 | 1.50 ± 0.25 | 6 to 8 |",
    ]
    assert len(_table("kind: by_seed, study: study, task: toys, query: 10, labels: [plain]")) == 3


def test_gains():
    # differences 1.5, 1, 1.5: mean 4/3, t_0.975(2) = 4.303 times their deviation over √3
    gain = "| both | plain | **1.33 (0.62 to 2.05)** | 3 | 0.015 | 0.015 |"
    assert _table("kind: gains, study: study, task: toys, query: 10")[2:] == [gain]


def test_differences():
    wanted = "kind: differences, study: study, task: toys, query: 10"
    assert _table(f"{wanted}, statistics: [best, valid_share]") == [
        "| setting | best | difference | valid share | seeds |",
        "| --- | --- | --- | --- | --- |",
        "| both | 3.33 | 1.33 (0.62 to 2.05) | 1.67 | 3 |",
        "| plain | 2.00 |  | 1.00 | 3 |",
    ]


def test_answers():
    assert _table("kind: answers")[2:] == ["| How good? | - | 3.3 | so so |"]


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("kind: bars, study: study", "expected a table of answers, by_seed"),
        ("study: study", "expected a table of answers, by_seed"),
        ("kind: by_seed, study: study, task: toys, query: 11", "no finished runs"),
    ],
)
def test_what_cannot_be_shown_is_refused(settings, reason):
    with pytest.raises(ValueError, match=reason):
        _table(settings)


def test_tables_that_a_document_reads():
    text = "<!-- table: {kind: gains, study: study, task: toys, query: 10} -->\n<!-- end -->"
    assert tables_of(text, [QUESTION], "study") == ["comparison"]
    assert tables_of(text, [QUESTION], "other") == []
    answers = "<!-- table: {kind: answers} -->\n<!-- end -->"
    assert tables_of(answers, [QUESTION], "study") == ["summary"]
