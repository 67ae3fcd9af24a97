import numpy as np
import pytest
import torch
from torch import nn

from lso.training import train
from lso.training_settings import TrainingSettings
from lso.weighted_batches import WeightedBatches


class Line(nn.Module):
    """Fits a number to the data, with dropout and noise; the loss is per example."""

    def __init__(self, start=0.0):
        super().__init__()
        self.centre = nn.Parameter(torch.tensor([start]))
        self.dropout = nn.Dropout(0.1)

    def loss(self, batch, beta, generator):
        noise = 0.01 * torch.randn(len(batch), generator=generator)
        reconstruction = (batch[:, 0].float() - self.dropout(self.centre) + noise) ** 2
        kl = self.centre.expand(len(batch)) ** 2
        return {"loss": reconstruction + beta * kl, "reconstruction": reconstruction, "kl": kl}


ARRAYS = np.arange(40, dtype=np.int16)[:, None]
BASE = {"epochs": 3.0, "batch_size": 8, "learning_rate": 0.1, "beta": 0.01}


def run(weights=None, validation=None, seed=0, model=None, **settings):
    generator = torch.Generator().manual_seed(seed)
    settings = TrainingSettings(**BASE | settings)
    return train(model or Line(), ARRAYS, weights, validation, None, settings, generator)


@pytest.mark.parametrize("weighted_by", ["sampler", "replication", "loss"])
def test_uniform_weights_train_as_no_weights_do(weighted_by):
    plain, plain_curve = run(weighted_by=weighted_by)
    for constant in (1.0, 0.3, 7e5):
        uniform, curve = run(np.full(40, constant), weighted_by=weighted_by)
        assert torch.equal(uniform.centre, plain.centre)
        assert curve == plain_curve


@pytest.mark.parametrize("weighted_by", ["sampler", "replication", "loss"])
def test_weights_decide_where_the_model_goes(weighted_by):
    weights = np.zeros(40)
    weights[[4, 6]] = 1.0
    model, _ = run(weights, weighted_by=weighted_by, epochs=100.0, beta=0.0)
    assert model.centre.item() == pytest.approx(5, abs=1.0)


def test_shared_reconstruction_leaves_only_the_scale_of_the_weights():
    weights = np.full(40, 1e-3)
    weights[:8] = 1.0  # a weighted model goes to 3.5, an unweighted one to 19.5
    settings = {"weighted_by": "loss", "epochs": 200.0, "beta": 0.0}
    own, _ = run(weights, **settings)
    shared, _ = run(weights, **settings, shared_reconstruction=True)
    assert own.centre.item() == pytest.approx(3.5, abs=1.5)
    assert shared.centre.item() == pytest.approx(19.5, abs=5)
    uniform, _ = run(**settings, shared_reconstruction=True)
    assert uniform.centre.item() == pytest.approx(run(**settings)[0].centre.item())


def test_result_depends_on_the_generator_only():
    first, first_curve = run(validation=ARRAYS)
    torch.rand(17)
    before = torch.random.get_rng_state()
    again, curve = run(validation=ARRAYS)
    assert torch.equal(first.centre, again.centre)
    assert first_curve == curve
    assert torch.equal(before, torch.random.get_rng_state())
    assert not torch.equal(first.centre, run(seed=1)[0].centre)


def test_the_old_model_is_left_as_it_was():
    model = Line(3.0).eval()
    new, _ = run(model=model)
    assert model.centre.item() == 3.0
    assert model.centre.grad is None
    assert new.centre.item() != 3.0
    assert not new.training


def test_epochs_count_batches():
    assert [row["step"] for row in run(epochs=2.0)[1]] == [5, 10]
    assert [row["step"] for row in run(epochs=0.5)[1]] == [2]
    assert [row["step"] for row in run(epochs=1.0, batch_size=16)[1]] == [3]
    assert [row["step"] for row in run(epochs=1.0, batch_size=16, drop_last=True)[1]] == [2]
    assert [row["step"] for row in run(epochs=1.0, batch_size=13)[1]] == [3]  # not one of 1
    model, curve = run(epochs=0.0)
    assert curve == []
    assert model.centre.item() == 0.0
    with pytest.raises(ValueError, match="less than one batch"):
        run(epochs=0.1)


def test_curve_has_a_row_per_epoch_and_split():
    rows = run(validation=ARRAYS)[1]
    assert [row["split"] for row in rows] == ["training", "validation"] * 3
    assert list(rows[0]) == [
        *("epoch", "step", "split", "loss", "reconstruction", "kl", "beta", "learning_rate")
    ]
    for row in rows:
        assert row["loss"] == pytest.approx(row["reconstruction"] + row["beta"] * row["kl"])


def test_replication_repeats_points_and_keeps_their_weight():
    settings = TrainingSettings(**BASE | {"weighted_by": "replication"})
    weights = torch.tensor([2.5, 0.0, 1.0, 0.25, 1.25], dtype=torch.float64)
    batches = WeightedBatches(torch.arange(5), weights, settings)
    assert batches.index.tolist() == [0, 0, 0, 2, 3, 4, 4]
    assert batches.factors.tolist() == [1, 1, 0.5, 1, 0.25, 1, 0.25]


def test_replication_of_rank_weights_gives_the_published_number_of_entries():
    settings = TrainingSettings(**BASE | {"weighted_by": "replication"})
    for k, entries in ((1e-3, 8400), (1e-1, 7400), (np.inf, 5000)):
        weights = torch.ones(5000) if k == np.inf else 1 / (k * 5000 + torch.arange(5000))
        batches = WeightedBatches(torch.arange(5000), weights.double(), settings)
        assert len(batches.index) == pytest.approx(entries, rel=0.02)


def test_beta_grows_as_in_the_squares_experiment():
    settings = TrainingSettings(
        epochs=20.0, batch_size=16, beta=10.0, beta_start=1e-6, beta_from_step=1000
    )
    assert settings.beta_at(0) == settings.beta_at(1009) == 1e-6
    assert settings.beta_at(1010) == pytest.approx(1.1e-6)
    assert settings.beta_at(2689) < 10.0
    assert settings.beta_at(2700) == 10.0
    assert settings.beta_at(10**9) == 10.0


def test_best_weights_are_those_of_the_lowest_validation_loss():
    held_out = np.full((4, 1), 5)
    settings = {"epochs": 60.0, "learning_rate": 0.2, "beta": 0.0}
    best, curve = run(validation=held_out, keep="best", **settings)
    last, _ = run(validation=held_out, keep="last", **settings)
    assert abs(best.centre.item() - 5) < 0.6 < abs(last.centre.item() - 5)
    stopped = run(validation=held_out, patience=3, **settings)[1]
    assert len(stopped) < len(curve)


def test_plateau_reduces_the_learning_rate_to_its_floor():
    held_out = np.full((4, 1), -100)  # gets worse from the start
    rows = run(
        validation=held_out, epochs=5.0, plateau_factor=0.2, plateau_patience=1, plateau_floor=0.01
    )[1]
    rates = [row["learning_rate"] for row in rows if row["split"] == "training"]
    assert rates == pytest.approx([0.1, 0.1, 0.02, 0.01, 0.01])


@pytest.mark.parametrize(
    "weights",
    [np.zeros(40), np.full(40, np.nan), -np.ones(40), np.ones(39), np.full(40, np.inf)],
    ids=["zero", "nan", "negative", "short", "infinite"],
)
def test_unusable_weights_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        run(weights)


def test_a_diverging_loss_says_where():
    with pytest.raises(FloatingPointError, match="step 0"):
        run(model=Line(float("nan")))


@pytest.mark.parametrize(
    "settings",
    [
        {"epochs": -1.0},
        {"epochs": 1.5},
        {"epochs": float("nan")},
        {"batch_size": 0},
        {"learning_rate": 0.0},
        {"beta": -1.0},
        {"beta_start": 1.0},
        {"beta_start": 1e-3, "beta_factor": 1.0},
        {"gradient_clip": 0.0},
        {"plateau_factor": 1.0},
        {"patience": 0},
    ],
    ids=str,
)
def test_impossible_settings_are_refused(settings):
    (name,) = list(settings)[-1:]
    with pytest.raises(ValueError, match=name):
        TrainingSettings(**BASE | settings)


def test_settings_that_look_at_validation_need_it():
    with pytest.raises(ValueError, match="validation"):
        run(keep="best")
