"""Claims checked against our own runs: one row per claim, never an exception.

A claim of a paper is reproduced or not: means over seeds keep its relation or do not. A question of
our own, whose source begins with `ours`, has no other's number to come to. It holds or does not,
and where it orders means of one task it is decided seed by seed: it holds if the 95 % interval of
every paired difference of neighbours lies above 0, it does not hold if one lies below 0, and
otherwise it is undecided. Pairs are the seeds that both settings have; they share their initial
data. A claim is not attempted where runs are missing or too short, and where a comparison or a pair
has fewer seeds than the claim's `seeds`.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

import pandas as pd

from lso.evaluation.claims import (
    BOUNDS,
    RUN_KEYS,
    measure,
    measure_table,
    quantities_of,
    spell,
    validate_claim,
    values_of,
)
from lso.evaluation.uncertainty import Interval, paired_difference

COLUMNS = ("source", "statement", "published", "ours", "verdict")
REPRODUCED, NOT_REPRODUCED, NOT_ATTEMPTED = "reproduced", "not reproduced", "not attempted"
HOLDS, DOES_NOT_HOLD, UNDECIDED = "holds", "does not hold", "undecided"
VERDICTS = (REPRODUCED, NOT_REPRODUCED, HOLDS, DOES_NOT_HOLD, UNDECIDED, NOT_ATTEMPTED)
OURS = "ours"  # sources of our own questions begin with it
LEAST_SEEDS = 3  # two seeds have an interval, but one of a single degree of freedom


def check_claims(
    claims: Sequence[Mapping],
    summary: pd.DataFrame,
    tables: Mapping[str, pd.DataFrame] | None = None,
) -> pd.DataFrame:
    """Compare claims with a study's summary.

    Args:
        claims: mappings as `lso.evaluation.claims` describes them.
        summary: one row per query of every run, as `lso.evaluation.metrics.summarise` returns.
        tables: name -> other tables of the study.

    Returns:
        Columns source, statement, published, ours, verdict; one row per claim, in order. Of a
        claim that is not attempted `ours` says why.

    Raises:
        ValueError: if a claim is malformed, or a quantity picks more than one kind of run.
    """
    rows = [_check(claim, summary, tables or {}) for claim in claims]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _check(
    claim: Mapping, summary: pd.DataFrame, tables: Mapping[str, pd.DataFrame]
) -> dict[str, str]:
    validate_claim(claim)
    quantities = quantities_of(claim)
    least_seeds = claim.get("seeds", LEAST_SEEDS)
    is_ours = str(claim["source"]).startswith(OURS)
    ours = [
        measure_table(quantity, tables, least_seeds)
        if "table" in quantity
        else measure(quantity, summary)
        for quantity in quantities
    ]
    missing = [measurement.reason for measurement in ours if measurement.reason]
    texts = [", ".join(map(str, ours))]
    holds = None if missing else _keeps(claim["relation"], [found.mean for found in ours])
    if is_ours and not missing and _has_pairs(claim):
        pairs = [_paired(*two, summary) for two in pairwise(quantities)]
        missing = [
            f"{seeds} of {least_seeds} paired seeds with {' and '.join(map(_run_of, two))}"
            for (_, seeds), two in zip(pairs, pairwise(quantities), strict=True)
            if seeds < least_seeds
        ]
        holds = _decide([difference for difference, _ in pairs])
        texts += [
            f"difference {d.value:.2g} ({d.low:.2g} to {d.high:.2g}; n={n})" for d, n in pairs
        ]
    if missing:
        text, verdict = "; ".join(dict.fromkeys(missing)), NOT_ATTEMPTED
    else:
        text, verdict = "; ".join(texts), _word(holds, is_ours)
    row = (claim["source"], claim["statement"], str(claim["published"]), text, verdict)
    return dict(zip(COLUMNS, row, strict=True))


def _keeps(relation: Mapping, means: Sequence[float]) -> bool:
    ((name, bound),) = relation.items()
    if name == "ordering":
        return all(a > b for a, b in pairwise(means))
    return BOUNDS[name](means[0], bound)


def _has_pairs(claim: Mapping) -> bool:
    """Whether a claim orders means over seeds of one task."""
    quantities = quantities_of(claim)
    of_runs = not any({"table", "runs"} & quantity.keys() for quantity in quantities)
    return "ordering" in claim["relation"] and of_runs and len({q["task"] for q in quantities}) == 1


def _paired(ours: Mapping, theirs: Mapping, summary: pd.DataFrame) -> tuple[Interval, int]:
    """Difference over the seeds that both have, and how many these are."""
    values = pd.concat([values_of(q, summary)[0] for q in (ours, theirs)], axis=1, join="inner")
    if values.empty:
        return Interval(math.nan, math.nan, math.nan), 0
    difference, _ = paired_difference(*values.to_numpy().T)
    if math.isnan(difference.low):  # the same in all seeds
        difference = Interval(*[difference.value] * 3)
    return difference, len(values)


def _run_of(quantity: Mapping) -> str:
    return spell({key: quantity[key] for key in RUN_KEYS if key in quantity})


def _decide(differences: Sequence[Interval]) -> bool | None:
    if all(difference.low > 0 for difference in differences):
        return True
    return False if any(difference.high < 0 for difference in differences) else None


def _word(holds: bool | None, is_ours: bool) -> str:
    if holds is None:
        return UNDECIDED
    if is_ours:
        return HOLDS if holds else DOES_NOT_HOLD
    return REPRODUCED if holds else NOT_REPRODUCED
