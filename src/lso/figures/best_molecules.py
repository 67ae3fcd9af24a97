"""The best molecules that each setting found, drawn."""

import io
from collections.abc import Sequence

import matplotlib.image
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rdkit import Chem
from rdkit.Chem.Draw import rdMolDraw2D

from lso.figures._gallery import draw_gallery
from lso.figures._style import styled

FRAMES = ("best",)
WIDTH, HEIGHT = 640, 480  # pixels


@styled
def draw(
    frames: dict[str, pd.DataFrame],
    *,
    task: str,
    labels: Sequence[str] | None = None,
    count: int = 5,
    title: str = "",
) -> Figure:
    """Draw molecules in a row per setting, best first.

    Penalised logP grows with the length of a chain, so with each molecule stands its score per
    heavy atom, whether a chemist's quality filter lets it pass, its drug-likeness (QED, in
    [0, 1]) and its synthetic accessibility (SA, in [1, 10], larger being harder).

    Args:
        frames: `best` with columns task, label, seed, query, x (SMILES), y, heavy_atoms,
            passes_quality_filter, drug_likeness, accessibility.
        task: whose molecules.
        labels: settings from top to bottom; all by default.
        count: molecules per setting, over all its seeds.
        title: of the figure.
    """
    settings = {"task": task, "labels": labels, "count": count, "title": title}
    settings["note"] = _describe
    return draw_gallery(frames["best"], _draw_molecule, aspect=1.2, **settings)


def _describe(item: pd.Series) -> str:
    share = item["y"] / item["heavy_atoms"]
    passes = "passes" if item["passes_quality_filter"] else "filtered"
    properties = f"QED {item['drug_likeness']:.2f}, SA {item['accessibility']:.1f}"
    return f"{share:.2f} per atom, {passes}\n{properties}"


def _draw_molecule(axes: Axes, smiles: str) -> None:
    molecule = Chem.MolFromSmiles(smiles)
    if molecule is None:
        raise ValueError(f"no molecule: {smiles!r}")
    canvas = rdMolDraw2D.MolDraw2DCairo(WIDTH, HEIGHT)
    options = canvas.drawOptions()
    options.padding = 0.03
    options.bondLineWidth = 3
    options.fixedBondLength = 60
    rdMolDraw2D.PrepareAndDrawMolecule(canvas, molecule)
    canvas.FinishDrawing()
    picture = matplotlib.image.imread(io.BytesIO(canvas.GetDrawingText()), format="png")
    axes.imshow(np.asarray(picture), interpolation="antialiased")
