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


def _table(settings: str, tables: dict = TABLES) -> list[str]:
    text = f"before\n\n<!-- table: {{{settings}}} -->\nold\n<!-- end -->\nafter\n"
    filled = fill(text, tables, {"published": THEIRS}, [QUESTION])
    assert filled == fill(filled, tables, {"published": THEIRS}, [QUESTION])
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


def test_what_is_missing_is_seen():
    one = SUMMARY[(SUMMARY["label"] == "plain") | (SUMMARY["seed"] == 2)]
    gain = compare(one, ["best"], 10, "plain", {"both": ["plain"]})
    tables = {"study": {"summary": one, "comparison": gain}}
    wanted = "kind: by_seed, study: study, task: toys, query: 10"
    assert "| both | -, 3.00, - | 3.00 | 7 |" in _table(wanted, tables)
    wanted = "kind: gains, study: study, task: toys, query: 10"
    assert "| both | plain | 1.00 (- to -) | 1 | - | - |" in _table(wanted, tables)
    few = one.assign(best=one["best"].where(one["seed"] != 1))
    tables = {"study": {"summary": few, "comparison": gain}}
    wanted = "kind: differences, study: study, task: toys, query: 10, statistics: [best]"
    assert "| plain | 2.50 |  | 2 |" in _table(wanted, tables)


def test_published_means_stand_beside_what_is_run_as_released():
    released = SUMMARY.assign(label=SUMMARY["label"].replace("both", "plain (released)"))
    tables = {"study": {"summary": released}}
    rows = _table("kind: by_seed, study: study, task: toys, query: 10, published: true", tables)
    assert rows[2].startswith("| plain (released) | 2.50, 3.00, 4.50 | 3.33 | 1.50 ± 0.25 |")
    assert rows[3].startswith("| plain | 1.00, 2.00, 3.00 | 2.00 |  |")


def test_one_model_for_every_setting():
    two = pd.concat([SUMMARY, SUMMARY.assign(model="other", best=9.0)])
    tables = {"study": {"summary": two}}
    wanted = "kind: by_seed, study: study, task: toys, query: 10"
    with pytest.raises(ValueError, match="came net, other; name a `model`"):
        _table(wanted, tables)
    assert "| both | 9.00, 9.00, 9.00 | 9.00 | 6 to 8 |" in _table(
        f"{wanted}, model: other", tables
    )


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ("kind: bars, study: study", "expected a table of kind answers, by_seed"),
        ("study: study", "expected a table of kind answers, by_seed"),
        ("kind: by_seed, study: study, task: toys, query: 11", "no runs have finished"),
        (
            "kind: by_seed, study: studio, task: toys, query: 10",
            "with finished runs, came 'studio'",
        ),
        (
            "kind: by_seed, study: study, task: toys, query: 10, labels: [plane]",
            "no finished runs of plane",
        ),
    ],
)
def test_what_cannot_be_shown_is_refused(settings, reason):
    with pytest.raises(ValueError, match=reason):
        _table(settings)


def test_prose_after_a_place_that_is_not_closed_is_kept():
    open_place = "<!-- table: {kind: answers} -->\nprose\n"
    with pytest.raises(ValueError, match="came 2 of which 1 are so"):
        fill(open_place + open_place + "<!-- end -->\n", TABLES, {}, [QUESTION])


def test_tables_that_a_document_reads():
    text = "<!-- table: {kind: gains, study: study, task: toys, query: 10} -->\n<!-- end -->"
    assert tables_of(text, [QUESTION], "study") == ["comparison"]
    assert tables_of(text, [QUESTION], "other") == []
    answers = "<!-- table: {kind: answers} -->\n<!-- end -->"
    assert tables_of(answers, [QUESTION], "study") == ["summary"]
