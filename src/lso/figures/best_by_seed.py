"""The best scores of every run in a table, the published ones beside them."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.figure import Figure

from lso.figures._style import INK, TEXT_WIDTH, blank, new_figure, nothing_to_draw, pick, styled

FRAMES = ("best", "audit")
PUBLISHED = ("best", "second", "third", "fourth", "fifth")
ROW, RULE = 0.19, "#e6e6e6"  # inches; the colour of lines


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    labels: Sequence[str] | None = None,
    count: int = 5,
) -> Figure:
    """Write the best distinct objects' scores of every seed, a row per run.

    Args:
        frames: `best` with columns task, label, seed, rank (1 is best), y; `audit` with columns
            task, setting (as the label of the same setting of ours), seed and `PUBLISHED`.
        task: whose runs.
        labels: settings from top to bottom; all of ours by default.
        count: scores per run, five at most.
    """
    best, audit = (frames[name][frames[name]["task"] == task] for name in FRAMES)
    if not 1 <= count <= len(PUBLISHED):
        raise ValueError(f"expected a count of 1 to {len(PUBLISHED)}, got {count}")
    labels = pick(labels, best["label"])
    ours = best.pivot(index=["label", "seed"], columns="rank", values="y")
    ours = ours.reindex(columns=range(1, count + 1))
    theirs = audit.rename(columns={"setting": "label"}).set_index(["label", "seed"])
    theirs = theirs[list(PUBLISHED[:count])].set_axis(range(1, count + 1), axis="columns")
    table = pd.concat({"ours": ours, "published": theirs}, axis="columns").sort_index()
    rows = [table.loc[[label]] for label in labels if label in table.index]
    if not rows:
        return nothing_to_draw("no finished runs")
    table = pd.concat(rows)
    figure, ((axes,),) = new_figure(1, 1, TEXT_WIDTH, ROW * (len(table) + 2))
    blank(axes)
    cells = axes.table(
        cellText=[[_spell(y) for y in row] for row in table.to_numpy()],
        rowLabels=[f"{label}, seed {seed}" for label, seed in table.index],
        colLabels=[f"{source} {rank}" for source, rank in table.columns],
        colLoc="right",
        edges="horizontal",
        bbox=(0, 0, 1, 1),
    )
    cells.auto_set_font_size(False)
    for (row, _), cell in cells.get_celld().items():
        cell.set(edgecolor=RULE, linewidth=0.4)
        cell.set_text_props(size=7 if row else 6, color=INK)
    return figure


def _spell(value: float) -> str:
    return "" if pd.isna(value) else f"{value:#.4g}".rstrip(".")
