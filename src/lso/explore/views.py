"""How objects are shown: drawings as SVG, facts, and closeness to a target."""

import base64
import io
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float
from PIL import Image
from rdkit.Chem import Crippen, Descriptors, rdMolDescriptors
from rdkit.Chem.Draw import rdMolDraw2D
from rdkit.Chem.QED import qed
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator
from rdkit.DataStructs import TanimotoSimilarity

from lso.arithmetic import evaluate
from lso.interfaces import Object
from lso.molecules import parse
from lso.objectives.target_distance import TargetDistance
from lso.representations.binary_image import BinaryImage
from lso.representations.float_vector import FloatVector
from lso.representations.grammar import Grammar
from lso.representations.grey_image import GreyImage
from lso.representations.tokens import Tokens

SIZE = 480  # user units of all drawings, width and height
X = np.linspace(-10, 10, 400)
LIMIT = 13.0  # of plotted values; the target of kusner2017 stays within ±11.1


@runtime_checkable
class View(Protocol):
    """Shows one kind of object."""

    typed: str  # what a target typed by a person is called; empty if none can be
    target: Object | None  # at the start of a session

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        ...

    def backdrop(self, target: Object | None) -> str:
        """What lies behind every drawing, as SVG."""
        ...

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values to show beside the drawing."""
        ...

    def closeness(self, item: Object, target: Object) -> float:
        """Larger is closer, 0 at the target; NaN where undefined."""
        ...

    def is_object(self, text: str) -> bool:
        """Whether a typed text is an object."""
        ...


def view_of(representation: Any) -> View:
    """The view of what a model represents; raises ValueError if there is none."""
    match representation:
        case BinaryImage():
            return ImageView(representation)
        case GreyImage():
            return GreyView(representation)
        case FloatVector():
            return VectorView(representation)
        case Grammar() | Tokens(language="expression"):
            return ExpressionView()
        case Tokens():
            return MoleculeView()
    known = "binary and grey images, vectors, expressions, molecules"
    raise ValueError(f"the explorer cannot show {type(representation).__name__}; it shows {known}")


class _Plain:
    """What most views have in common."""

    typed = ""
    target: Object | None = None

    def backdrop(self, target: Object | None) -> str:
        """Nothing."""
        return ""

    def is_object(self, text: str) -> bool:
        """None can be typed."""
        return False


@dataclass(frozen=True)
class ImageView(_Plain):
    """Binary images."""

    representation: BinaryImage

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        pixels = self.representation.arrays([item])[0]
        return _picture(Image.fromarray(255 * (1 - pixels)).convert("1"))

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values."""
        return [("area", f"{int(self.representation.arrays([item]).sum())} px")]

    def closeness(self, item: Object, target: Object) -> float:
        """Minus the distance of values."""
        return float(TargetDistance(target)([item])[0])


@dataclass(frozen=True)
class GreyView(_Plain):
    """Grey images, ink dark."""

    representation: GreyImage

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        return _picture(Image.fromarray(255 - self.representation.arrays([item])[0]))

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values."""
        return [("ink", f"{self.representation.arrays([item]).mean() / 255:.1%}")]

    def closeness(self, item: Object, target: Object) -> float:
        """Minus the distance of grey levels."""
        return float(TargetDistance(target, "uint8")([item])[0])


@dataclass(frozen=True)
class VectorView(_Plain):
    """Real vectors, as a curve over their index."""

    representation: FloatVector

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        y = self.representation.arrays([item])[0]
        y = y[np.linspace(0, len(y) - 1, min(len(y), 400)).astype(int)]
        scale = np.abs(y).max() or 1.0
        return _svg(_path(np.linspace(0, SIZE, len(y)), y / scale, 1.1, "curve"))

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values."""
        y = self.representation.arrays([item])[0]
        return [("largest", f"{np.abs(y).max():.3g}"), ("norm", f"{np.linalg.norm(y):.3g}")]

    def closeness(self, item: Object, target: Object) -> float:
        """Minus the distance of values."""
        return float(TargetDistance(target, "float64")([item])[0])


@dataclass(frozen=True)
class ExpressionView:
    """Arithmetic expressions, plotted against their target."""

    typed = "expression"
    target = "1/3+x+sin(x*x)"  # kusner2017, Sec. 5

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        return _svg(_path(_pixels(X), evaluate(item, X), LIMIT, "curve"))

    def backdrop(self, target: Object | None) -> str:
        """Axes, and the target's curve."""
        half = SIZE / 2
        lines = "".join(
            f'<path class="grid" d="M{at:.1f} 0V{SIZE}M0 {at:.1f}H{SIZE}"/>'
            for at in _pixels(np.arange(-10, 11, 5))
        )
        axes = f'<path class="axis" d="M0 {half}H{SIZE}M{half} 0V{SIZE}"/>'
        curve = "" if target is None else _path(_pixels(X), evaluate(target, X), LIMIT, "goal")
        return _svg(lines + axes + curve)

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values."""
        return [("f(x)", item)]

    def closeness(self, item: Object, target: Object) -> float:
        """−log(1 + MSE) over [−10, 10].  Source: kusner2017, Sec. 5."""
        with np.errstate(all="ignore"):
            error = np.mean((evaluate(item, X) - evaluate(target, X)) ** 2)
        return float(-np.log1p(error))

    def is_object(self, text: str) -> bool:
        """Whether a text is an object."""
        return evaluate(text, X) is not None


@dataclass(frozen=True)
class MoleculeView(_Plain):
    """Molecules with properties."""

    typed = "SMILES"

    def draw(self, item: Object) -> str:
        """Draw as SVG."""
        canvas = rdMolDraw2D.MolDraw2DSVG(SIZE, SIZE)
        options = canvas.drawOptions()
        options.clearBackground = False
        options.padding = 0.08
        options.fixedBondLength = 55
        rdMolDraw2D.PrepareAndDrawMolecule(canvas, parse(item))
        canvas.FinishDrawing()
        text = canvas.GetDrawingText()
        return _svg(text[text.index(">", text.index("<svg")) + 1 : text.rindex("</svg>")])

    def facts(self, item: Object) -> list[tuple[str, str]]:
        """Names and values."""
        molecule = parse(item)
        return [
            ("SMILES", item),
            ("logP", f"{Crippen.MolLogP(molecule):.2f}"),
            ("drug-likeness", f"{qed(molecule):.2f}"),
            ("weight", f"{Descriptors.MolWt(molecule):.0f} Da"),
            ("rings", str(rdMolDescriptors.CalcNumRings(molecule))),
        ]

    def closeness(self, item: Object, target: Object) -> float:
        """Tanimoto similarity of Morgan fingerprints of radius 2, minus 1."""
        prints = [GetMorganGenerator(radius=2).GetFingerprint(parse(s)) for s in (item, target)]
        return TanimotoSimilarity(*prints) - 1

    def is_object(self, text: str) -> bool:
        """Whether a text is an object."""
        return parse(text) is not None


def _picture(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, format="png", optimize=True)
    data = base64.b64encode(file.getvalue()).decode()
    return _svg(
        f'<image href="data:image/png;base64,{data}" width="{SIZE}" height="{SIZE}" '
        'style="image-rendering:pixelated"/>'
    )


def _svg(inner: str) -> str:
    return f'<svg viewBox="0 0 {SIZE} {SIZE}" aria-hidden="true">{inner}</svg>'


def _pixels(values: Float[np.ndarray, "n"]) -> Float[np.ndarray, "n"]:
    return (values + 10) / 20 * SIZE


def _path(
    across: Float[np.ndarray, "n"], values: Float[np.ndarray, "n"], limit: float, name: str
) -> str:
    """A curve, interrupted where it is not finite, cut a little beyond the limits."""
    with np.errstate(all="ignore"):
        down = SIZE / 2 * (1 - np.clip(values / limit, -1.05, 1.05))
    parts, pen = [], "M"
    for at, height in zip(across, down, strict=True):
        if not np.isfinite(height):
            pen = "M"
            continue
        parts.append(f"{pen}{at:.1f} {height:.1f}")
        pen = "L"
    return f'<path class="{name}" d="{"".join(parts)}"/>'
