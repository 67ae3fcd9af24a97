"""Scores of prior samples before and after a run, beside those of the training objects."""

from collections.abc import Sequence

import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from lso.figures._style import (
    AFTER,
    BEFORE,
    COLUMN_WIDTH,
    FAINT,
    INK,
    legend_below,
    new_figure,
    pick,
    styled,
)

FRAMES = ("samples", "weights")
STAGES = {"before": BEFORE, "after": AFTER}
TRAINING = "training\ndata"
MOST = 20_000  # training scores that enter the density, evenly taken from the sorted ones


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    y_label: str,
    labels: Sequence[str] | None = None,
    title: str = "",
    y_minimum: float | int | None = None,
) -> Figure:
    """Draw a violin of the training scores and, per setting, a split one before | after.

    Dashed lines mark the quartiles. Under each setting stands the share of samples that are not
    drawn, before and after: those that are invalid or not above `y_minimum`.

    Args:
        frames: `samples` with columns label, stage ("before" or "after"), y (NaN where invalid);
            seeds are pooled. `weights` with columns y, validation: the training objects.
        y_label: name of the score.
        labels: settings from left to right; all by default.
        title: of the panel.
        y_minimum: scores down to this one are left out, as the penalty scores of a paper's figure.
    """
    samples, objects = frames["samples"], frames["weights"]
    labels = pick(labels, samples["label"])
    lowest = -float("inf") if y_minimum is None else y_minimum
    training = objects.loc[~objects["validation"].astype(bool), "y"].sort_values()
    training = training[:: max(1, len(training) // MOST)]
    samples = samples[samples["label"].isin(labels)]
    shown = samples[samples["y"] > lowest]
    figure, ((axes,),) = new_figure(1, 1, max(COLUMN_WIDTH, 0.9 * (1 + len(labels))), 2.9)
    order = [TRAINING, *labels]
    _draw_half(axes, training[training > lowest].to_frame().assign(label=TRAINING), order, None)
    _draw_half(axes, shown, order, STAGES)
    hidden = 1 - (samples["y"] > lowest).groupby([samples["label"], samples["stage"]]).mean()
    axes.set_xticks(range(len(order)), [TRAINING, *(f"{n}\n{_shares(hidden, n)}" for n in labels)])
    axes.set(xlabel="", ylabel=y_label, title=title)
    axes.grid(False, axis="x")
    patches = [Patch(color=colour, label=f"samples {stage}") for stage, colour in STAGES.items()]
    legend_below(figure, patches, 2)
    return figure


def _draw_half(axes: Axes, scores: pd.DataFrame, order: Sequence[str], stages) -> None:
    if scores.empty:
        return
    halves = {"hue": "stage", "hue_order": list(stages), "palette": stages} if stages else {}
    sns.violinplot(
        scores,
        x="label",
        y="y",
        order=order,
        split=bool(stages),
        inner="quart",
        cut=0,
        density_norm="width",
        linewidth=0.7,
        linecolor=INK,
        legend=False,
        ax=axes,
        **(halves or {"color": FAINT}),
    )


def _shares(hidden: pd.Series, label: str) -> str:
    shares = [hidden.get((label, stage), float("nan")) for stage in STAGES]
    return f"hidden\n{shares[0]:.0%} | {shares[1]:.0%}"
