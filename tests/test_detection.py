import numpy as np
import pytest
import torch

from lso.components import build
from lso.detection import DetectionSettings, score_latents
from lso.kinds import ConfigError
from lso.models.recurrent import Recurrent
from lso.representations.tokens import Tokens

ENTRIES = {
    "LES": {"kind": "exploration_score"},
    "LES detached": {"kind": "exploration_score", "arithmetic": "detached"},
    "LES released": {"kind": "exploration_score", "arithmetic": "released", "dropout": True},
    "polarity": {"kind": "polarity"},
    "likelihood": {"kind": "likelihood"},
    "likelihood with dropout": {"kind": "likelihood", "dropout": True},
    "certainty": {"kind": "certainty", "models": 2, "repeats": 1},
    "training distance": {"kind": "training_distance"},
    "prior": {"kind": "prior"},
}
X = [f"{a}+{b}*{c}" for a in "x123" for b in "x123" for c in "x123"]
VALIDATION = np.arange(len(X)) % 4 == 0


@pytest.fixture(scope="module")
def model():
    return Recurrent(Tokens("expression", 9, tuple("x+()123*/sinep ")), 3).eval()


def score(model, scores=ENTRIES, **settings):
    settings = DetectionSettings(points=8, **({"reference": 20} | settings))
    scores = {name: build("latent_scores", entry) for name, entry in scores.items()}
    generator = torch.Generator().manual_seed(0)
    return score_latents(model, X, VALIDATION, scores, settings, generator)


def test_every_score_scores_every_point_and_repeats(model):
    weights = {name: value.clone() for name, value in model.state_dict().items()}
    table = score(model)
    assert table.groupby("score").size().to_dict() == dict.fromkeys(ENTRIES, 24)
    assert np.isfinite(table.value).all()
    assert (table.groupby("point").valid.nunique() == 1).all()
    again = score(model)
    assert table.drop(columns="seconds").equals(again.drop(columns="seconds"))
    score(model, batch_statistics=True)
    assert all(torch.equal(model.state_dict()[name], weights[name]) for name in weights)
    values = table.pivot(index="point", columns="score", values="value")
    assert np.allclose(values["LES"], values["LES detached"])  # they differ in the gradient
    assert not np.allclose(values["likelihood"], values["likelihood with dropout"])


def test_the_released_reference_is_the_scored_points_themselves(model):
    distance = {"d": ENTRIES["training distance"]}
    clean, released = score(model, distance), score(model, distance, reference=0)
    assert released[released.set == "data"].value.mean() > clean[clean.set == "data"].value.mean()


def test_bad_input(model):
    settings, generator = DetectionSettings(points=8), torch.Generator()
    with pytest.raises(ValueError, match="at least 8 objects to encode, came 2"):
        score_latents(model, X[:8], VALIDATION[:8], {}, settings, generator)
    with pytest.raises(ValueError, match="points must be >= 2"):
        DetectionSettings(points=1)
    with pytest.raises(ConfigError, match=r"here: arithmetic.*'exat'"):
        build("latent_scores", {"kind": "exploration_score", "arithmetic": "exat"}, "here")
