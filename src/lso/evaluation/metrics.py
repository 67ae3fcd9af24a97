"""Histories to the numbers of the papers: best so far, K-th best, valid share, oracle calls."""

import heapq
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from jaxtyping import Bool, Float

RUN = ("study", "task", "model", "method", "label", "seed")
TOP = {"best": 1, "top10": 10, "top50": 50}
MEAN_OF = 20
LIKENESS = ("best_novel", "novel_share", "realistic_share", "distance")
STATISTICS = (*TOP, "top20_mean", "valid_share", "share_left", "seconds", *LIKENESS)


def kth_best_so_far(
    y: Float[np.ndarray, "n"], counts: Bool[np.ndarray, "n"], k: int
) -> Float[np.ndarray, "n"]:
    """K-th best of the values so far that count; the worst of them while there are fewer.

    Source: tripp2020, Sec. 6.1 as executed by the authors' released code (the K-th best, not
    the mean of the K best).

    Args:
        y: values in the order of the queries, larger is better.
        counts: which values enter, such as the first occurrence of every valid object.
        k: rank, at least 1.

    Returns:
        One value per query, NaN before any value has entered.
    """
    if k < 1:
        raise ValueError(f"expected a rank k >= 1, got {k}")
    best: list[float] = []  # a heap of the k best, its smallest first
    curve = np.full(len(y), np.nan)
    for i, (value, enters) in enumerate(zip(y.tolist(), counts.tolist(), strict=True)):
        if enters and len(best) < k:
            heapq.heappush(best, value)
        elif enters:
            heapq.heappushpop(best, value)
        if best:
            curve[i] = best[0]
    return curve


def mean_of_best_so_far(
    y: Float[np.ndarray, "n"], counts: Bool[np.ndarray, "n"], k: int
) -> Float[np.ndarray, "n"]:
    """Mean of the k best of the values so far that count; NaN while there are fewer.

    Source: ronen2024, released code. There a repeated object counts each time, and k + 1 values
    must be known.

    Args:
        y: values in the order of the queries, larger is better.
        counts: which values enter, such as the first occurrence of every valid object.
        k: how many, at least 1.
    """
    if k < 1:
        raise ValueError(f"expected k >= 1 values to take the mean of, got {k}")
    best: list[float] = []
    mean = np.nan
    curve = np.full(len(y), np.nan)
    for i, (value, enters) in enumerate(zip(y.tolist(), counts.tolist(), strict=True)):
        if enters and (len(best) < k or value > best[0]):
            (heapq.heappush if len(best) < k else heapq.heappushpop)(best, value)
            mean = np.mean(best) if len(best) == k else np.nan
        curve[i] = mean
    return curve


def best_so_far(history: pd.DataFrame) -> pd.DataFrame:
    """Progress of one run, one row per query.

    Deviation: the authors' released code counts all invalid points of a run together as one
    unique point with a penalty score. Here invalid points have no score, so they never enter a
    K-th best; the two differ only while fewer than K distinct valid objects are known.

    Args:
        history: columns query, x, y (larger is better, NaN where invalid), valid, seconds and,
            of sliders, shown; and, where known, those of `lso.likeness.compare_with_data`; rows
            in the order of the queries.

    Returns:
        Columns query (1-based), oracle_calls (distinct objects scored so far, scored as invalid
        or not; a failed decode has no object and costs no call), best, top10, top50 (K-th best
        of the distinct valid objects so far), top20_mean (mean of the 20 best of them),
        valid_share (of the queries so far), share_left (best over the score of the first query:
        1 at the start, 0 at an optimum of 0; NaN unless that score is negative), seconds
        (cumulative), frames (positions of sliders looked at so far; without a slider, every
        query after the first is one), best_novel (best object so far that is not in the data),
        novel_share and realistic_share (of the queries so far), distance (to the nearest of the
        data, mean of the valid queries so far); the last four NaN where not known.
    """
    n = len(history)
    y = history["y"].to_numpy(np.float64)
    is_new = ~history["x"].duplicated().to_numpy(bool) & history["x"].notna().to_numpy(bool)
    query = np.arange(1, n + 1)
    counts = is_new & ~np.isnan(y)
    curves = {name: kth_best_so_far(y, counts, k) for name, k in TOP.items()}
    start = y[0] if n and y[0] < 0 else np.nan
    return pd.DataFrame(
        {
            "query": query,
            "oracle_calls": np.cumsum(is_new),
            **curves,
            "top20_mean": mean_of_best_so_far(y, counts, MEAN_OF),
            "valid_share": np.cumsum(history["valid"].to_numpy(bool)) / query,
            "share_left": curves["best"] / start,
            "seconds": np.cumsum(history["seconds"].to_numpy(np.float64)),
            "frames": np.cumsum(_frames(history)),
            **_likeness_so_far(history, y, counts, query),
        }
    )


def summarise(histories: Sequence[tuple[Mapping, pd.DataFrame]]) -> pd.DataFrame:
    """Progress of every run of a study.

    Args:
        histories: metadata and history of each run; the metadata name at least `RUN`.

    Returns:
        The columns of `RUN`, then those of `best_so_far`, one row per query of every run.
    """
    return _stack([_with_run(metadata, best_so_far(history)) for metadata, history in histories])


def best_objects(histories: Sequence[tuple[Mapping, pd.DataFrame]], count: int) -> pd.DataFrame:
    """The best distinct objects of every run.

    Args:
        histories: metadata and history of each run; the metadata name at least `RUN`.
        count: objects per run; fewer where a run has not found so many.

    Returns:
        The columns of `RUN`, then rank (1 is best), query (1-based, first found), x, y.
    """
    frames = []
    for metadata, history in histories:
        found = history.assign(query=np.arange(1, len(history) + 1))[["query", "x", "y"]]
        found = found.dropna(subset=["x", "y"]).drop_duplicates("x")
        found = found.sort_values("y", ascending=False, kind="stable").head(count)
        found.insert(0, "rank", np.arange(1, len(found) + 1))
        frames.append(_with_run(metadata, found))
    return _stack(frames)


def aggregate(summary: pd.DataFrame, statistic: str) -> pd.DataFrame:
    """Mean and spread over the seeds of each setting at each query.

    The standard deviation is that of the population, as in the authors' released code.

    Args:
        summary: as returned by `summarise`.
        statistic: one of its columns.

    Returns:
        Columns task, model, label, query, mean, sd, seeds.
    """
    groups = summary.groupby(["task", "model", "label", "query"], sort=False)[statistic]
    frame = pd.DataFrame({"mean": groups.mean(), "sd": groups.std(ddof=0), "seeds": groups.size()})
    return frame.reset_index()


def at_query(table: pd.DataFrame, query: int | None = None) -> pd.DataFrame:
    """Rows after so many queries, by default the most that the table, with a column query, has."""
    return table[table["query"] == (table["query"].max() if query is None else query)]


def _likeness_so_far(history: pd.DataFrame, y, counts, query) -> dict[str, np.ndarray]:
    if "novel" not in history:
        return {name: np.full(len(history), np.nan) for name in LIKENESS}
    novel = history["novel"].to_numpy(bool)
    realistic = history["realistic"].to_numpy(np.float64, na_value=np.nan)
    distance = history["distance"]
    return {
        "best_novel": kth_best_so_far(y, counts & novel, 1),
        "novel_share": np.cumsum(novel) / query,
        "realistic_share": np.cumsum(realistic) / query,
        "distance": distance.expanding().mean().to_numpy(np.float64),
    }


def _frames(history: pd.DataFrame) -> Float[np.ndarray, "n"]:
    single = np.ones(len(history))
    single[:1] = 0
    if "shown" not in history or history["shown"].isna().any():
        return single
    return history["shown"].to_numpy(np.float64)


def _with_run(metadata: Mapping, frame: pd.DataFrame) -> pd.DataFrame:
    missing = [name for name in RUN if name not in metadata]
    if missing:
        raise ValueError(f"the metadata of a run lack {missing}; they hold {sorted(metadata)}")
    run = pd.DataFrame({name: [metadata[name]] * len(frame) for name in RUN}, index=frame.index)
    return pd.concat([run, frame], axis="columns")


def _stack(frames: list[pd.DataFrame]) -> pd.DataFrame:
    if not frames:
        raise ValueError("expected at least one history, got none")
    return pd.concat(frames, ignore_index=True)
