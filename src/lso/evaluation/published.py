"""The authors' released runs to a table of published curves and to an audit of the runs.

Both are pure functions of two frames: `curves`, one row per recorded query of a released run
(task, strategy, k, r, quantile, alpha, seed, query_index, objective, point, valid), and
`figures`, the settings of which only a published figure exists (k, r, metric, query_index, mean,
std).
"""

import numpy as np
import pandas as pd

from lso.evaluation.metrics import kth_best_so_far

TASKS = {"shapes": "squares", "expr": "expressions", "chem": "molecules"}
STRATEGIES = {"dbas": "DbAS", "cem-pi": "CEM-PI", "fb": "FB-VAE", "rwr": "RWR"}
NEVER = 1_000_000  # the retraining period by which the authors mean "never"
RANK_BUDGET, BASELINE_BUDGET = 500, 5000
STATISTICS = {"top1": 1, "top10": 10, "top50": 50}
NEXT_BEST = ("second", "third", "fourth", "fifth")
RUN = ["task", "strategy", "setting", "seed"]


def tabulate(curves: pd.DataFrame, figures: pd.DataFrame) -> pd.DataFrame:
    """Mean and population sd over seeds of every published setting.

    Queries come in steps of 10; those of the baselines, drawn on a logarithmic axis, in steps of
    100 from 100 on, which keeps the table small.
    As in the authors' figures a run that stopped early keeps its last value; `complete` counts
    the runs that did record the query.

    Returns:
        Columns task, strategy, setting, query, statistic, mean, sd, seeds, complete, source;
        four decimals, larger is better.
    """
    runs = [
        pd.DataFrame({**dict(zip(RUN, name, strict=True)), **_at_grid(run, name[1])})
        for name, run in _runs(curves)
    ]
    tidy = pd.concat(runs).melt([*RUN, "query", "complete"], var_name="statistic")
    groups = tidy.groupby(["task", "strategy", "setting", "query", "statistic"], sort=False)
    table = pd.DataFrame(
        {
            "mean": groups["value"].mean(),
            "sd": groups["value"].std(ddof=0),
            "seeds": groups.size(),
            "complete": groups["complete"].sum(),
            "source": "runs",
        }
    ).reset_index()
    table = pd.concat([table, _from_figures(figures)], ignore_index=True)
    order = ["task", "strategy", "setting", "statistic", "query"]
    return table.sort_values(order, ignore_index=True).round(4)


def audit(curves: pd.DataFrame) -> pd.DataFrame:
    """What each released run holds, one row per run.

    Returns:
        Columns task, strategy, setting, seed, budget, recorded (queries in the file), complete,
        carried_forward (queries whose plotted value is the last one recorded), best, best_query
        (1-based), second to fifth (next best distinct valid objects; empty where there are fewer,
        or the objects were not released), invalid_share and duplicate_share (of the recorded
        queries; a duplicate is a valid object the run had queried before; empty where the objects
        were not released),
        same_queries_as (first other setting whose run of the same seed holds exactly the same
        points and scores; empty if none).
    """
    rows, first_seen = [], {}
    for name, run in _runs(curves):
        identity = (
            name[0],
            name[3],
            *pd.util.hash_pandas_object(run[["point", "objective"]], False),
        )
        rows.append(
            dict(zip(RUN, name, strict=True))
            | _inspect(run, _budget(name[1]))
            | {"same_queries_as": first_seen.get(identity, "")}
        )
        first_seen.setdefault(identity, name[2])
    return pd.DataFrame(rows).round(4)


def _runs(curves: pd.DataFrame) -> list[tuple[tuple, pd.DataFrame]]:
    """Released runs by task, strategy, setting and seed, queries in order."""
    keys = ["task", "strategy", "k", "r", "quantile", "alpha", "seed"]
    runs = []
    for _, run in curves.groupby(keys, dropna=False, sort=False):
        first = next(run.itertuples())
        name = (TASKS[first.task], first.strategy, _name(first), first.seed)
        runs.append((name, run.sort_values("query_index")))
    return sorted(runs, key=lambda item: item[0])


def _name(row) -> str:
    period = "inf" if row.r == NEVER else str(row.r)
    if row.strategy == "rank":
        return f"k={row.k}, r={period}"
    number = f"alpha={row.alpha:g}" if row.strategy == "rwr" else f"q={row.quantile:g}"
    return f"{STRATEGIES[row.strategy]}, {number}, r={period}"


def _budget(strategy: str) -> int:
    return RANK_BUDGET if strategy == "rank" else BASELINE_BUDGET


def _grid(budget: int) -> np.ndarray:
    step = [np.arange(10, RANK_BUDGET + 1, 10)]
    if budget > RANK_BUDGET:
        step = [np.arange(10, 100, 10), np.arange(100, budget + 1, 100)]
    return np.concatenate(step)


def _at_grid(run: pd.DataFrame, strategy: str) -> dict:
    """The K-th best curves of one run at the queries of the table.

    All invalid points count as one object, as in the authors' released code. Where the objects
    were not released (squares) every recorded image counts as distinct.
    """
    objects = run["point"].where(run["valid"], "invalid")
    is_new = (~objects.duplicated() | objects.isna()).to_numpy(bool)
    y = run["objective"].to_numpy(np.float64)
    query = _grid(_budget(strategy))
    last = np.minimum(query, len(run)) - 1
    curves = {name: kth_best_so_far(y, is_new, k)[last] for name, k in STATISTICS.items()}
    return {"query": query, "complete": query <= len(run), **curves}


def _inspect(run: pd.DataFrame, budget: int) -> dict:
    objective = run["objective"].to_numpy()
    valid = run[run["valid"]]
    released = valid["point"].notna().all()
    duplicates = valid["point"].duplicated().sum() / len(run) if released else np.nan
    distinct = valid.drop_duplicates("point")["objective"] if released else pd.Series(dtype=float)
    following = distinct.sort_values(ascending=False)[1:].to_list() + [np.nan] * len(NEXT_BEST)
    return {
        "budget": budget,
        "recorded": len(run),
        "complete": len(run) >= budget,
        "carried_forward": max(0, budget - len(run)),
        "best": objective.max(),
        "best_query": int(objective.argmax()) + 1,
        **dict(zip(NEXT_BEST, following, strict=False)),
        "invalid_share": 1 - run["valid"].mean(),
        "duplicate_share": duplicates,
    }


def figures_of(table: pd.DataFrame) -> pd.DataFrame:
    """The frame `figures` out of a published table, which keeps what it was told of them."""
    kept = table[table["source"] == "figure"]
    setting = kept["setting"].str.extract(r"k=(?P<k>\S+), r=(?P<r>\d+)")
    names = {"statistic": "metric", "query": "query_index", "sd": "std"}
    return setting.join(kept.rename(columns=names)[["metric", "query_index", "mean", "std"]])


def _from_figures(figures: pd.DataFrame) -> pd.DataFrame:
    kept = figures[figures["query_index"].isin(_grid(RANK_BUDGET))]
    return pd.DataFrame(
        {
            "task": "squares",
            "strategy": "rank",
            "setting": "k=" + kept["k"].astype(str) + ", r=" + kept["r"].astype(str),
            "query": kept["query_index"],
            "statistic": kept["metric"],
            "mean": kept["mean"],
            "sd": kept["std"],
            "seeds": 5,
            "complete": 5,
            "source": "figure",
        }
    )
