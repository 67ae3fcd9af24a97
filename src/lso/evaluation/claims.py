"""What a claim says in the config, and the numbers that it is about.

A claim is a mapping of the study's config:

    source: tripp2020, Fig. 2              where the paper says it
    statement: Retraining more often helps in words
    published: 1402 > 883                  the paper's numbers, as text
    quantity: {task: squares, label: "k=1e-3, r=5", statistic: best, query: 500}
    relation: {at_least: 1300}
    seeds: 3                               that a comparison needs, 3 by default

`lso.evaluation.verdicts` decides it; `ours` shows means with population sd and number of seeds.
A quantity is the mean over seeds of a statistic after so many queries, for the runs that its other
keys (`task` and any of `label`, `method`, `model`) pick. A quantity with the key `table` is read
from another table of the study instead: `{table: detection, where: {protocol: official, score:
[LES, likelihood]}, column: deviation, aggregate: max}`, over the rows that `where` picks; the
aggregate is `mean`, `min`, `max` or `count`, by default `mean`. Of a table with several numbers
of queries, such as a comparison, the last are read unless `where` has a `query`. Relations:
`at_least`, `at_most` (a number), `between` (two numbers), all about `quantity`; or `ordering`, a
list of quantities whose means decrease strictly, each completed by the keys of `quantity` where
that is given. With `runs`, itself a bound such as {at_least: -100}, a quantity is the share of
runs whose statistic keeps it: a mean says little where runs either succeed or stall.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import pandas as pd

from lso.evaluation.metrics import STATISTICS, at_query

RUN_KEYS = ("task", "label", "method", "model")
BOUNDS: dict[str, Callable[[float, Any], bool]] = {
    "at_least": lambda value, bound: value >= bound,
    "at_most": lambda value, bound: value <= bound,
    "between": lambda value, bounds: bounds[0] <= value <= bounds[1],
}
RELATIONS = ("ordering", *BOUNDS)
AGGREGATES = ("mean", "min", "max", "count")


class Measurement(NamedTuple):
    """Mean over seeds, NaN with a reason where our runs do not reach that far.

    Of a table `seeds` is its smallest number of seeds, or of rows where it does not say.
    """

    mean: float
    sd: float
    seeds: int
    reason: str = ""

    def __str__(self) -> str:
        sd = self.sd if self.sd > 1e-12 * abs(self.mean) else 0.0 * self.sd  # equal but for digits
        spread = "" if math.isnan(sd) or self.seeds == 1 else f" ± {_round(sd, 2)}"
        return self.reason or f"{_round(self.mean, 4)}{spread} (n={self.seeds})"

    def __format__(self, spec: str) -> str:
        """The mean as a float's format says, behind ± with the standard deviation of several."""
        number = spec.removeprefix("±")
        spread = f" ± {self.sd:{number}}" if number != spec and self.seeds > 1 else ""
        return f"{self.mean:{number}}{spread}" if number else str(self)


def tables_of(claims: Sequence[Mapping]) -> list[str]:
    """Names of the tables besides the summary that claims read."""
    return sorted({q["table"] for claim in claims for q in quantities_of(claim) if "table" in q})


def quantities_of(claim: Mapping) -> list[Mapping]:
    """The quantity that a claim bounds, or those that it orders."""
    shared = claim.get("quantity", {})
    if "ordering" not in claim["relation"]:
        return [shared]
    quantities = claim["relation"]["ordering"]
    for quantity in [shared, *quantities]:
        if not isinstance(quantity, Mapping):
            raise ValueError(f"expected a mapping for a quantity, got {quantity!r}")
    return [{**shared, **quantity} for quantity in quantities]


def validate_claim(claim: Mapping) -> None:
    """Raise ValueError, naming what is known, if a claim is malformed."""
    required = {"source", "statement", "published", "relation"}
    _expect_keys("claim", claim, required, required | {"quantity", "seeds"})
    if not isinstance(claim.get("seeds", 1), int) or claim.get("seeds", 1) < 1:
        raise ValueError(f"seeds counts from 1, got {claim['seeds']!r}")
    relation = claim["relation"]
    if not isinstance(relation, Mapping) or len(relation) != 1:
        raise ValueError(f"expected one relation out of {list(RELATIONS)}, got {relation!r}")
    ((name, bound),) = relation.items()
    if name not in RELATIONS:
        raise ValueError(f"no relation {name!r}; known: {list(RELATIONS)}")
    if name == "ordering" and not (isinstance(bound, list) and len(bound) > 1):
        raise ValueError(f"an ordering needs at least two quantities, got {bound!r}")
    if name in BOUNDS:
        _validate_bound(name, bound)
    for quantity in quantities_of(claim):
        validate_quantity(quantity)


def measure(quantity: Mapping, summary: pd.DataFrame) -> Measurement:
    """Mean over seeds of a statistic after so many queries."""
    values, reason = values_of(quantity, summary)
    if reason:
        return _missing(reason)
    return Measurement(float(values.mean()), float(values.std(ddof=0)), len(values))


def values_of(quantity: Mapping, summary: pd.DataFrame) -> tuple[pd.Series, str]:
    """A statistic after so many queries by seed, or why there is none."""
    keys = {key: quantity[key] for key in RUN_KEYS if key in quantity}
    picked = summary
    for key, value in keys.items():
        picked = picked[picked[key] == value]
    nothing = pd.Series(dtype=float)
    if picked.empty:
        return nothing, f"no run with {spell(keys)}"
    kinds = picked[["study", "task", "model", "method", "label"]].drop_duplicates()
    if len(kinds) > 1:
        raise ValueError(f"{spell(keys)} picks several settings: {kinds.to_dict('records')}")
    recorded = picked.groupby("seed")["query"].max().min()
    if recorded < quantity["query"]:
        return nothing, f"{recorded} of {quantity['query']} queries with {spell(keys)}"
    values = at_query(picked, quantity["query"]).set_index("seed")[quantity["statistic"]]
    if values.isna().any():
        return nothing, f"no valid object yet with {spell(keys)}"
    if "runs" in quantity:
        ((name, bound),) = quantity["runs"].items()
        values = values.map(lambda value: float(BOUNDS[name](value, bound)))
    return values, ""


def measure_table(
    quantity: Mapping, tables: Mapping[str, pd.DataFrame], least_seeds: int = 1
) -> Measurement:
    """Aggregate of a column over the rows of a table that `where` picks.

    Args:
        quantity: as described at the top of this file.
        tables: name -> table.
        least_seeds: that every row must be of, where the table says of how many it is.
    """
    if quantity["table"] not in tables:
        return _missing(f"no table {quantity['table']}")
    picked, where = tables[quantity["table"]], quantity.get("where", {})
    for key in (*where, quantity["column"]):
        if key not in picked:
            raise ValueError(f"no column {key!r} in {quantity['table']}; known: {list(picked)}")
    if "query" in picked and "query" not in where:
        picked = at_query(picked)
    wanted = {k: value if isinstance(value, list) else [value] for k, value in where.items()}
    for key, values in wanted.items():
        picked = picked[picked[key].isin(values)]
    picked = picked.dropna(subset=[quantity["column"]])
    # a claim about several is no claim about those of them that happen to have run
    missing = {k: v for k, values in wanted.items() for v in values if v not in set(picked[k])}
    if picked.empty or missing:
        return _missing(f"no value with {spell(where if picked.empty else missing)}")
    values = picked[quantity["column"]]
    aggregate = quantity.get("aggregate", "mean")
    sd = float(values.std(ddof=0)) if aggregate == "mean" and len(values) > 1 else math.nan
    count = int(picked["seeds"].min()) if "seeds" in picked else len(values)
    if "seeds" in picked and count < least_seeds:
        return _missing(f"{count} of {least_seeds} seeds with {spell(where)}")
    return Measurement(float(values.agg(aggregate)), sd, count)


def validate_quantity(quantity: Mapping) -> None:
    """Raise ValueError, naming what is known, if a quantity is malformed."""
    if "table" in quantity:
        needed = {"table", "column"}
        _expect_keys("quantity of a table", quantity, needed, needed | {"where", "aggregate"})
        if quantity.get("aggregate", "mean") not in AGGREGATES:
            raise ValueError(f"no aggregate {quantity['aggregate']!r}; known: {list(AGGREGATES)}")
        return
    required = {"task", "statistic", "query"}
    _expect_keys("quantity", quantity, required, required | set(RUN_KEYS) | {"runs"})
    for key in RUN_KEYS:
        if isinstance(quantity.get(key), list | dict):
            raise ValueError(f"expected one {key}, got {quantity[key]!r}; tables take several")
    runs = quantity.get("runs", {"at_least": 0})
    if not isinstance(runs, Mapping) or len(runs) != 1 or not runs.keys() <= BOUNDS.keys():
        raise ValueError(f"expected one bound out of {list(BOUNDS)} for runs, got {runs!r}")
    _validate_bound(*next(iter(runs.items())))
    if quantity["statistic"] not in STATISTICS:
        raise ValueError(f"no statistic {quantity['statistic']!r}; known: {list(STATISTICS)}")
    if not isinstance(quantity["query"], int) or quantity["query"] < 1:
        raise ValueError(f"query counts from 1, got {quantity['query']!r}")


def spell(keys: Mapping) -> str:
    """Keys and their values in a sentence."""
    return ", ".join(f"{key}={value}" for key, value in keys.items())


def _missing(reason: str) -> Measurement:
    return Measurement(math.nan, math.nan, 0, reason)


def _validate_bound(name: str, bound: Any) -> None:
    count = 2 if name == "between" else 1
    numbers = bound if name == "between" else [bound]
    if not (_are_numbers(numbers) and len(numbers) == count):
        raise ValueError(f"{name} expects {count} number(s), got {bound!r}")


def _expect_keys(what: str, mapping: Mapping, required: set[str], known: set[str]) -> None:
    if not isinstance(mapping, Mapping) or not required <= set(mapping) <= known:
        raise ValueError(
            f"a {what} needs {sorted(required)} and may have {sorted(known - required)}, "
            f"got {sorted(mapping) if isinstance(mapping, Mapping) else mapping!r}"
        )


def _are_numbers(values: Any) -> bool:
    return isinstance(values, list) and all(
        isinstance(value, int | float) and not isinstance(value, bool) for value in values
    )


def _round(value: float, digits: int) -> str:
    """So many significant digits, without an exponent where a reader has no use for one."""
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.10g}" if abs(rounded) >= 1e-6 or rounded == 0 else f"{rounded:g}"
