"""The report counts, groups and measures; what it inserts is escaped; it loads nothing."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from jinja2 import UndefinedError

from lso.evaluation.answers import answer, tables_of, validate_answer
from lso.evaluation.claims import Measurement
from lso.evaluation.replication import Study, markdown, render, replication, spell_number

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = (ROOT / "workflow/report/index.html.j2").read_text()
QUANTITY = {"task": "t", "label": "a", "statistic": "best", "query": 2}
SETTINGS = {
    "papers": {
        "tripp2020": {"title": "Weighted", "reference": "NeurIPS", "idea": "Retrain."},
        "ours": {"title": "Ours", "reference": "-", "idea": "Ask."},
    },
    "answers": [
        {
            "question": "Is it | big?",
            "published": "{theirs:.0f}",
            "here": "{ours:±.1f}",
            "answer": "yes",
            "seeds": 2,
            "numbers": {
                "theirs": {"quantity": {"table": "p", "column": "v", "where": {"k": 1}}},
                "ours": {"study": "s", "quantity": QUANTITY},
            },
        }
    ],
    "words": {"big": "above 1 & so on"},
    "findings": [
        {
            "paper": "tripp2020",
            "name": "A fault",
            "text": "x < y & z",
            "source": "the code",
            "mended": "It is.",
            "numbers": [
                {"name": "published", "quantity": {"table": "p", "column": "v", "where": {"k": 1}}},
                {"name": "here", "study": "s", "quantity": QUANTITY},
                {"name": "elsewhere", "study": "other", "quantity": QUANTITY},
            ],
        }
    ],
}
PUBLISHED = {"p": pd.DataFrame({"k": [1, 2], "v": [1234.5, 9.0]})}


def a_study() -> Study:
    runs = [
        ("s", "t", "m", "x", "a", seed, query, 10.0 * seed + query, 1800.0 * query)
        for seed in (1, 2)
        for query in (1, 2)
    ]
    columns = "study task model method label seed query best seconds".split()
    claims = pd.DataFrame(
        [
            ("tripp2020, 2D", "It is <b>big</b> | wide", "9", "8", "not reproduced"),
            ("tripp2020", "It ends", "1", "1", "reproduced"),
            ("someone", "It asks", "-", "no run", "not attempted"),
        ],
        columns=["source", "statement", "published", "ours", "verdict"],
    )
    record = {"code": "abc", "packages": {"torch": "2"}}
    return Study(
        "s",
        "A study",
        3,
        claims,
        {"summary": pd.DataFrame(runs, columns=columns)},
        [record | {"current": True}, record | {"current": False}],
        [("A curve.", "curve.png", b"\x89PNG")],
    )


@pytest.fixture
def facts():
    files = {"f.csv": {"sha256": "0" * 64}}
    datasets = {"d": {"kind": "csv_column", "files": files}, "g": {"kind": "squares"}}
    seconds = {"m": 720.0, "unused": 0.0}
    return replication([a_study()], SETTINGS, PUBLISHED, seconds, ["m"], datasets)


def test_claims_belong_to_the_paper_that_their_source_begins_with(facts):
    tripp, ours = facts["papers"]
    assert [c["statement"] for c in tripp["claims"]] == ["It is <b>big</b> | wide", "It ends"]
    assert tripp["verdicts"] == {"reproduced": 1, "not reproduced": 1}
    assert ours["verdicts"] == {"not attempted": 1}
    assert [c["source"] for c in ours["claims"]] == ["someone"]
    assert sum(facts["verdicts"].values()) == 3


def test_costs_are_sums_over_the_ends_of_runs(facts):
    (row,) = facts["costs"]
    assert (row["runs"], row["planned"], row["queries"]) == (2, 3, 4)
    assert row["search_hours"] == pytest.approx(2.0)
    assert row["training_hours"] == pytest.approx(0.2)
    assert facts["provenance"][0]["current"] == 1
    assert "2.0 hours of search, 0.2 of training." in markdown(facts)
    assert "at least" not in render(TEMPLATE, facts)


@pytest.mark.parametrize(("trained", "untimed"), [(["m", "never run"], ["m"]), ([], [])])
def test_training_that_was_not_recorded_is_named(trained, untimed):
    facts = replication([a_study()], SETTINGS, PUBLISHED, {"other": 360.0}, trained, {})
    assert facts["total"]["untimed_models"] == untimed
    page, words = render(TEMPLATE, facts), markdown(facts)
    assert ("The training of <code>m</code> was not recorded" in page) == bool(untimed)
    assert ("at least 0.1 of training (not recorded: m)" in words) == bool(untimed)
    assert ("at least 0.10" in page) == bool(untimed)


def test_findings_are_measured_and_what_was_not_run_says_so(facts):
    published, here, elsewhere = facts["papers"][0]["findings"][0]["numbers"]
    assert published["value"] == "1,234"  # of one row: no spread
    assert (here["value"], here["remark"]) == ("17 ± 5", "n = 2")
    assert (elsewhere["value"], elsewhere["remark"]) == ("not run", "no runs of other")


def test_answers_are_filled_with_what_was_measured(facts):
    (row,) = facts["answers"]
    assert (row["published"], row["here"]) == ("1234", "17.0 ± 5.0")
    assert markdown(facts).splitlines()[2] == "| Is it \\| big? | 1234 | 17.0 ± 5.0 | yes |"


def test_a_question_that_was_not_run_is_left_out():
    (entry,) = SETTINGS["answers"]
    elsewhere = {"study": "other", "quantity": QUANTITY}
    asked = entry | {"numbers": entry["numbers"] | {"ours": elsewhere}}
    assert answer([asked], {"s": a_study().tables}, PUBLISHED).empty
    assert answer([entry | {"seeds": 3}], {"s": a_study().tables}, PUBLISHED).empty
    assert tables_of([asked], "other") == ["summary"]
    assert tables_of([asked], "s") == []


@pytest.mark.parametrize("sentence", ["{theirs:.0f}", "{ours:.1f} {others:.1f}", "{:.1f}"])
def test_sentences_use_the_numbers_that_are_measured(sentence):
    (entry,) = SETTINGS["answers"]
    validate_answer(entry)
    with pytest.raises(ValueError, match="sentences use"):
        validate_answer(entry | {"here": sentence})
    with pytest.raises(ValueError, match="format"):
        validate_answer(entry | {"here": "{ours:.2q}"})


def test_one_seed_has_no_spread():
    assert f"{Measurement(2.0, 0.0, 1):±.1f}" == "2.0"


class _Elements(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open, self.addresses = [], []

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)
        self.addresses += [value for name, value in attrs if name in ("src", "href")]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_is_whole_and_loads_nothing(facts):
    page = render(TEMPLATE, facts)
    assert "<dt>big</dt><dd>above 1 &amp; so on</dd>" in page
    elements = _Elements()
    elements.feed(page)
    assert elements.open == []
    assert {address.partition(":")[0].partition("#")[0] for address in elements.addresses} == {
        "",
        "data",
    }
    assert "url(" not in page
    assert "@import" not in page
    assert "It is &lt;b&gt;big&lt;/b&gt;" in page
    assert "x &lt; y &amp; z" in page


def test_a_template_that_asks_for_what_is_not_known_is_an_error(facts):
    with pytest.raises(UndefinedError, match="verdcts"):
        render("{{ verdcts }}", facts)


def test_markdown_is_one_row_per_claim(facts):
    answers, head, claims = markdown(facts).split("\n\n")
    rows = claims.splitlines()
    assert len(answers.splitlines()) == 2 + 1
    assert head.startswith("reproduced 1, not reproduced 1, not attempted 1; 2 of 3 runs")
    assert len(rows) == 2 + 3
    assert "\\| wide" in rows[2]


@pytest.mark.parametrize(
    ("value", "text"), [(0.04567, "0.04567"), (-20325.4, "-20,325"), (1401.6, "1,402"), (3, "3")]
)
def test_numbers_are_readable(value, text):
    assert spell_number(value) == text
