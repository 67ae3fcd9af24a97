from pathlib import Path

import pandas as pd
import pytest

from lso.figures.published_audit import draw

AUDIT = Path(__file__).parents[2] / "config" / "published" / "audit.csv"


def test_the_run_of_the_best_molecule_is_shown_as_stopped_early():
    audit = pd.read_csv(AUDIT)
    panel = {"task": "molecules", "title": "Molecules", "settings": ["k=1e-3, r=50"]}
    axes = draw({"audit": audit}, panels=[panel]).axes[0]
    ends = sorted(c.get_segments()[0][1, 0] for c in axes.collections)
    assert ends == [300, 450, 500, 500, 500]
    assert "27.8" in [text.get_text() for text in axes.texts]
    with pytest.raises(ValueError, match="no released run"):
        draw({"audit": audit}, panels=[panel | {"settings": ["k=7"]}])
