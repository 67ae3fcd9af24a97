"""Whether our runs of sliders end as those of the authors' released code do."""

from collections.abc import Mapping

import pandas as pd
from scipy import stats

from lso.evaluation.uncertainty import holm


def compare_released(
    summary: pd.DataFrame,
    released: pd.DataFrame,
    *,
    methods: Mapping[str, str],
    models: Mapping[str, int],
    sliders: int,
    positions: int,
    converged: float | int,
) -> pd.DataFrame:
    """Compare what is left of the start's score in both, as distributions over cases.

    One-dimensional search either converges or stalls, so that means and medians of a few cases
    say little: the distributions are compared by Kolmogorov and Smirnov's exact test.

    Args:
        summary: as `lso.evaluation.metrics.summarise` returns; a seed is a case.
        released: columns method, positions, latent_dim, seed, sliders, share_left.
        methods: label of our runs -> released method.
        models: model of our runs -> latent dimension of the released runs.
        sliders: after which to compare.
        positions: on a slider of the released runs.
        converged: share of the start's score at or below which a case has converged.

    Returns:
        Columns model, label, then of ours and (released_*) of theirs: runs, converged (share of
        cases), left (median share of the start's score); p_value, p_holm (corrected for all
        rows). A pair of which one side has no runs is left out.
    """
    ours = summary[summary["query"] == sliders + 1]
    theirs = released[(released["sliders"] == sliders) & (released["positions"] == positions)]
    rows = []
    for model, latent_dim in models.items():
        for label, method in methods.items():
            left = ours.loc[(ours["model"] == model) & (ours["label"] == label), "share_left"]
            of_method = (theirs["latent_dim"] == latent_dim) & (theirs["method"] == method)
            released_left = theirs.loc[of_method, "share_left"]
            if left.empty or released_left.empty:
                continue
            rows.append(
                {"model": model, "label": label}
                | _describe(left, converged, "")
                | _describe(released_left, converged, "released_")
                | {"p_value": float(stats.ks_2samp(left, released_left, method="exact").pvalue)}
            )
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.assign(p_holm=holm(table["p_value"]))


def _describe(left: pd.Series, converged: float | int, prefix: str) -> dict:
    values = {"runs": len(left), "converged": (left <= converged).mean(), "left": left.median()}
    return {prefix + name: value for name, value in values.items()}


OURS = ("runs", "converged", "left")
COLUMNS = ["model", "label", *OURS, *(f"released_{name}" for name in OURS), "p_value"]
