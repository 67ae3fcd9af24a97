"""What came out, in sentences whose numbers are measured: one row per question.

An answer is a mapping of the config (`report.answers`):

    question: Does it find larger squares?
    published: "{theirs:.0f}"
    here: "{ours:±.0f}"                       numbers in the order that reads well
    answer: yes                               a reader's summary of the two
    seeds: 5                                  of every number that is a mean over runs
    numbers:
      theirs: {quantity: {table: published, where: {...}, column: mean}}
      ours: {study: laptop, quantity: {task: squares, ...}}

A number without a study is read from a table of published values. A format is that of a float,
behind ± it gives the standard deviation too.
"""

from collections.abc import Mapping, Sequence
from string import Formatter

import pandas as pd

from lso.evaluation.claims import Measurement, measure, measure_table

COLUMNS = ("question", "published", "here", "answer")
TEXTS = ("published", "here")


def answer(
    answers: Sequence[Mapping],
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    published: Mapping[str, pd.DataFrame],
) -> pd.DataFrame:
    """Fill the measured numbers into the sentences.

    Args:
        answers: mappings as described at the top of this file.
        tables: study -> its tables by name, `summary` among them.
        published: name -> table of published values.

    Returns:
        Columns question, published, here, answer; no row where a number could not be measured, or
        over fewer seeds than the entry says.
    """
    rows = []
    for entry in answers:
        numbers = {
            name: measure_number(number, tables, published, entry["seeds"])
            for name, number in entry["numbers"].items()
        }
        over_runs = [found for name, found in numbers.items() if _is_over_runs(entry, name)]
        known = not any(found.reason for found in numbers.values())
        if known and all(found.seeds >= entry["seeds"] for found in over_runs):
            rows.append({**entry, **_filled(entry, numbers)})
    return pd.DataFrame(rows, columns=list(COLUMNS))


def measure_number(
    number: Mapping,
    tables: Mapping[str, Mapping[str, pd.DataFrame]],
    published: Mapping[str, pd.DataFrame],
    least_seeds: int = 1,
) -> Measurement:
    """Measure a quantity of a study, or of a table of published values.

    Rows of a study's table that say of how many seeds they are must be of `least_seeds`.
    """
    quantity = number["quantity"]
    if "study" not in number:
        return measure_table(quantity, published)
    if number["study"] not in tables:
        return Measurement(float("nan"), float("nan"), 0, f"no runs of {number['study']}")
    own = tables[number["study"]]
    if "table" in quantity:
        return measure_table(quantity, own, least_seeds)
    return measure(quantity, own["summary"])


def tables_of(answers: Sequence[Mapping], study: str) -> list[str]:
    """Names of the tables of a study that answers read."""
    numbers = [n for entry in answers for n in entry["numbers"].values()]
    own = [number["quantity"] for number in numbers if number.get("study") == study]
    return sorted({quantity.get("table", "summary") for quantity in own})


def validate_answer(entry: Mapping) -> None:
    """Raise ValueError if the sentences do not use the numbers that are measured, or cannot."""
    parsed = (field for text in TEXTS for _, field, _, _ in Formatter().parse(entry[text]))
    fields = {field for field in parsed if field is not None}
    if fields != set(entry["numbers"]):
        raise ValueError(f"sentences use {sorted(fields)}, numbers are {sorted(entry['numbers'])}")
    _filled(entry, dict.fromkeys(fields, Measurement(1.0, 1.0, 2)))


def _filled(entry: Mapping, numbers: Mapping[str, Measurement]) -> dict[str, str]:
    return {name: entry[name].format(**numbers) for name in TEXTS}


def _is_over_runs(entry: Mapping, name: str) -> bool:
    number = entry["numbers"][name]
    return "study" in number and "table" not in number["quantity"]
