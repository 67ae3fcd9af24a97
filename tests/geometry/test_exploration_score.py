import mpmath
import numpy as np
import pytest
import torch
from torch import nn

from lso.geometry.comparison_scores import Polarity
from lso.geometry.exploration_score import LatentExplorationScore
from lso.geometry.jacobian import jacobian

KINDS = ["relu", "gru", "lstm", "attention"]


def dense_jacobian(logits, slope):
    """J = blockdiag(B_t) A written out, B_t as in the definition."""
    blocks = []
    for position in logits:
        s, c = position.softmax(-1), position.exp().sum()
        blocks.append(torch.cat([torch.diag(s) - torch.outer(s, s), -s[None] / c]))
    return torch.block_diag(*blocks) @ slope.flatten(0, 1)


def dense_score(logits, slope, by_gram=False):
    """-½ log det(JᵀJ)."""
    matrix = dense_jacobian(logits, slope)
    if by_gram:
        return -0.5 * torch.linalg.svdvals(matrix.T @ matrix).log().sum()
    return -torch.linalg.svdvals(matrix).log().sum()


def precise_score(logits, slope):
    """The same with 50 digits."""
    rows = []
    with mpmath.workdps(50):
        for l_t, a_t in zip(logits, slope, strict=True):
            e = [mpmath.exp(mpmath.mpf(x)) for x in l_t]
            c = mpmath.fsum(e)
            s = [x / c for x in e]
            a = mpmath.matrix(a_t)
            mean = mpmath.matrix([s]) * a
            rows += [[s[v] * (a[v, k] - mean[k]) for k in range(a.cols)] for v in range(len(s))]
            rows.append([-mean[k] / c for k in range(a.cols)])
        r = mpmath.matrix(rows)
        return float(-mpmath.log(mpmath.det(r.T * r)) / 2)


def central_difference(score, z, step=1e-5):
    return torch.stack(
        [
            (score(z + step * e) - score(z - step * e)) / (2 * step)
            for e in torch.eye(z.shape[1], dtype=z.dtype)
        ],
        dim=1,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_equals_the_dense_definition(make_decoder, z, kind):
    decoder = make_decoder(kind)
    outputs, slope = jacobian(decoder, z)
    expected = torch.stack([dense_score(*pair) for pair in zip(outputs, slope, strict=True)])
    torch.testing.assert_close(LatentExplorationScore(decoder)(z), expected)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("temperature", [1, 0.1])
def test_nine_digits_of_a_precise_reference(make_decoder, z, kind, temperature):
    decoder = make_decoder(kind)
    sharp = nn.Sequential(decoder, _Times(1 / temperature)).eval()
    outputs, slope = jacobian(sharp, z)
    pairs = zip(outputs.tolist(), slope.tolist(), strict=True)
    expected = [precise_score(*pair) for pair in pairs]
    result = LatentExplorationScore(sharp)(z).numpy()
    np.testing.assert_allclose(result, expected, rtol=1e-9)


def test_nine_digits_of_a_decoder_that_is_run_with_fifty(make_decoder, z):
    decoder = make_decoder("relu")
    first, _, last = decoder.layers
    expected = []
    with mpmath.workdps(50):
        w1, b1, w2, b2 = (
            mpmath.matrix(p.tolist()) for p in (first.weight, first.bias, last.weight, last.bias)
        )
        for point in z.tolist():
            hidden = w1 * mpmath.matrix(point) + b1
            open_units = mpmath.diag([int(h > 0) for h in hidden])
            logits = (w2 * open_units * hidden + b2).T.tolist()[0]
            slope = (w2 * open_units * w1).tolist()
            positions = [slice(v, v + 6) for v in range(0, 30, 6)]
            pairs = ([logits[p] for p in positions], [slope[p] for p in positions])
            expected.append(precise_score(*pairs))
    result = LatentExplorationScore(decoder)(z).numpy()
    np.testing.assert_allclose(result, expected, rtol=1e-9)


class _Times(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return self.factor * x


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("link", ["softmax", "logistic", "identity"])
@pytest.mark.parametrize("memory_budget", [100_000, 2**30])
def test_gradient_equals_differences(make_decoder, z, kind, link, memory_budget):
    score = LatentExplorationScore(make_decoder(kind), link=link, memory_budget=memory_budget)
    point = z.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(score(point).sum(), point)
    torch.testing.assert_close(gradient, central_difference(score, z), rtol=1e-5, atol=1e-6)


def test_a_decoder_may_say_what_its_outputs_are(make_decoder, z):
    decoder = make_decoder("relu")
    expected = LatentExplorationScore(decoder, link="logistic")(z)
    assert not torch.allclose(expected, LatentExplorationScore(decoder)(z))
    decoder.link = "logistic"
    torch.testing.assert_close(LatentExplorationScore(decoder)(z), expected)
    torch.testing.assert_close(
        LatentExplorationScore(decoder, link="identity")(z), Polarity(decoder)(z)
    )


def test_detached_gradient_is_exact_where_the_decoder_is_affine(make_decoder, z):
    decoder = make_decoder("relu")
    exact, detached = (
        LatentExplorationScore(decoder, gradient=kind).score_and_gradient(z)[1]
        for kind in ("exact", "detached")
    )
    torch.testing.assert_close(exact, detached)


def test_detached_gradient_holds_the_slope_constant(make_decoder, z):
    decoder = make_decoder("gru")
    slope = jacobian(decoder, z)[1]
    point = z.clone().requires_grad_()
    outputs = decoder(point)
    total = sum(dense_score(*pair) for pair in zip(outputs, slope, strict=True))
    (expected,) = torch.autograd.grad(total, point)
    _, gradient = LatentExplorationScore(decoder, gradient="detached").score_and_gradient(z)
    torch.testing.assert_close(gradient, expected)
    _, exact = LatentExplorationScore(decoder).score_and_gradient(z)
    assert (exact - gradient).norm() > 1e-3 * exact.norm()


def test_linear_decoder_has_a_closed_form(z):
    layer = nn.Linear(4, 30).double()
    decoder = nn.Sequential(layer, nn.Unflatten(1, (5, 6)))
    score = LatentExplorationScore(decoder, link="identity")
    expected = -0.5 * torch.logdet(layer.weight.T @ layer.weight)
    torch.testing.assert_close(score(z), expected.detach().expand(3))
    values = score.inspect(z).singular_values[0]
    torch.testing.assert_close(values, torch.linalg.svdvals(layer.weight.detach()))


def test_change_of_latent_basis(make_decoder, z, generator):
    decoder = make_decoder("gru")
    basis = torch.randn(4, 4, generator=generator, dtype=torch.float64)
    layer = nn.Linear(4, 4, bias=False).double()
    layer.weight.data = basis
    moved = LatentExplorationScore(nn.Sequential(layer, decoder))(z @ torch.linalg.inv(basis).T)
    expected = LatentExplorationScore(decoder)(z) - torch.linalg.slogdet(basis)[1]
    torch.testing.assert_close(moved, expected)


def test_points_do_not_see_each_other(make_decoder, z):
    score = LatentExplorationScore(make_decoder("attention"))
    torch.testing.assert_close(score(z), torch.cat([score(point[None]) for point in z]))


def test_float32_decoder_is_scored_in_float64(make_decoder, z):
    decoder = make_decoder("gru").float()
    result = LatentExplorationScore(decoder)(z.float())
    assert result.dtype == torch.float64
    assert next(decoder.parameters()).dtype == torch.float32
    exact = LatentExplorationScore(decoder.double())(z.float().double())
    torch.testing.assert_close(result, exact, rtol=0, atol=0)
    assert LatentExplorationScore(decoder, dtype=torch.float32)(z).dtype == torch.float32


def test_weights_get_no_gradient(make_decoder, z):
    decoder = make_decoder("gru")
    LatentExplorationScore(decoder)(z.requires_grad_()).sum().backward()
    assert z.grad is not None
    assert all(p.grad is None and p.requires_grad for p in decoder.parameters())


def test_certain_decoder_stays_finite_and_monotone(make_decoder, z):
    decoder = make_decoder("gru")
    factors = [1, 10, 100, 1e3, 1e4, 1e6]
    scores = [LatentExplorationScore(nn.Sequential(decoder, _Times(f))) for f in factors]
    values = torch.stack([score(z) for score in scores])
    assert torch.isfinite(values).all()
    assert (values.diff(dim=0)[1:] > 0).all()
    assert not scores[0].inspect(z).is_saturated.any()
    assert scores[-1].inspect(z).is_saturated.all()
    assert torch.isfinite(scores[-1].score_and_gradient(z)[1]).all()


def test_ignored_direction_stays_finite_monotone_and_flagged(make_decoder, z):
    values = []
    for weight in (1, 1e-5, 1e-20, 1e-100, 0):
        layer = nn.Linear(4, 4, bias=False).double()
        layer.weight.data = torch.diag(torch.tensor([1.0, 1, 1, weight], dtype=torch.float64))
        score = LatentExplorationScore(nn.Sequential(layer, make_decoder("gru")))
        values.append(score(z * torch.tensor([1, 1, 1, 0])))
        inspection = score.inspect(z)
        assert (inspection.is_singular == (weight < 1e-18)).all()
        assert (inspection.rank == (3 if weight < 1e-18 else 4)).all()
        assert torch.isfinite(score.score_and_gradient(z)[1]).all()
    values = torch.stack(values)
    assert torch.isfinite(values).all()
    assert (values.diff(dim=0) > 0).all()


def test_floor_bounds_the_score(make_decoder, z):
    decoder = make_decoder("gru")
    score = LatentExplorationScore(decoder, floor=0.05)
    values = LatentExplorationScore(decoder).inspect(z).singular_values
    assert (values < 0.05).any()
    torch.testing.assert_close(score(z), -values.clamp(min=0.05).log().sum(1))
    _, gradient = score.score_and_gradient(z)
    torch.testing.assert_close(gradient, central_difference(score, z), rtol=1e-4, atol=1e-6)


def test_inspection_agrees_with_the_score(make_decoder, z):
    score = LatentExplorationScore(make_decoder("lstm"))
    inspection = score.inspect(z)
    torch.testing.assert_close(inspection.score, score(z))
    torch.testing.assert_close(-inspection.singular_values.log().sum(1), inspection.score)


def test_inspection_has_the_directions_of_the_singular_values(make_decoder, z):
    decoder = make_decoder("lstm")
    inspection = LatentExplorationScore(decoder).inspect(z)
    for logits, slope, values, directions in zip(
        *jacobian(decoder, z), inspection.singular_values, inspection.directions, strict=True
    ):
        _, expected, vectors = torch.linalg.svd(dense_jacobian(logits, slope), full_matrices=False)
        torch.testing.assert_close(values, expected)
        torch.testing.assert_close((directions @ vectors.T).abs(), torch.eye(4, dtype=z.dtype))


@pytest.mark.parametrize("kind", KINDS)
def test_as_released_follows_the_released_arithmetic(make_decoder, z, kind):
    decoder = make_decoder(kind).float()
    point = z.float().requires_grad_()
    with torch.no_grad():
        moved = torch.stack([decoder(point + 1e-4 * e) for e in torch.eye(4)], dim=-1)
        slope = (moved - decoder(point)[..., None]) / 1e-4
    expected = torch.stack(
        [dense_score(*pair, by_gram=True) for pair in zip(decoder(point), slope, strict=True)]
    )
    (gradient,) = torch.autograd.grad(expected.sum(), point)
    score = LatentExplorationScore.as_released(decoder).score_and_gradient(z)
    torch.testing.assert_close(score[0], expected.detach(), rtol=0, atol=0.1)
    assert torch.cosine_similarity(score[1], gradient, dim=1).min() > 0.99


def test_as_released_with_dropout_is_random_and_leaves_no_trace(make_decoder, z, generator):
    decoder = nn.Sequential(make_decoder("gru"), nn.Dropout(0.2)).eval()
    score = LatentExplorationScore.as_released(decoder, dropout=generator)
    before = torch.get_rng_state()
    assert (score(z) != score(z)).all()
    assert torch.equal(torch.get_rng_state(), before)
    assert not score.decoder.decoder.training
    first, second = (
        LatentExplorationScore.as_released(decoder, torch.Generator().manual_seed(3))(z)
        for _ in range(2)
    )
    assert torch.equal(first, second)


class _Fixed(nn.Module):
    """A decoder that answers with a function of z."""

    def __init__(self, answer):
        super().__init__()
        self.answer = answer
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, z):
        return self.answer(z)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (lambda z: z.repeat(1, 6), r"logits \(n, l, v\), came \(3, 24\)"),
        (lambda z: z[:2, :, None].expand(-1, -1, 4), "expected 3 outputs for 3 latents"),
        (lambda z: z.sum(), r"came shape \(\)"),
        (lambda z: (z[:, None] * torch.eye(4)) / 0 * 0, "outputs of 3 of 3 latents are not finite"),
        (
            lambda z: (z - z.detach()).abs().sqrt()[:, None] * torch.eye(4),
            "slopes of 3 of 3 latents are not finite",
        ),
        (lambda z: torch.ones(len(z), 5, 6, dtype=z.dtype), "do not depend on the latents"),
        (lambda z: (z[:, None] * torch.eye(4)).to("meta"), "but the outputs on meta"),
        (lambda z: z[:, :3, None], "3 outputs, fewer than its 4 latent dimensions"),
        (lambda z: z @ torch.ones(5, 5, dtype=z.dtype), "the decoder fails on z"),
    ],
)
def test_bad_decoders(z, answer, message):
    score = LatentExplorationScore(_Fixed(answer), link="softmax")
    if "fewer" in message:
        score = LatentExplorationScore(_Fixed(answer), link="identity")
    with pytest.raises(ValueError, match=message):
        score(z)


def test_bad_latents(make_decoder, z):
    decoder = make_decoder("gru")
    score = LatentExplorationScore(decoder)
    with pytest.raises(ValueError, match="the decoder fails on z"):
        score(z[:, :3])
    decoder.latent_dim = 4
    score = LatentExplorationScore(decoder)
    with pytest.raises(ValueError, match=r"expected latents of shape \(n, 4\), came \(3, 3\)"):
        score(z[:, :3])
    with pytest.raises(ValueError, match="1 of 3 latents are not finite"):
        score(torch.cat([z[:2], z[2:] / 0]))
    with pytest.raises(ValueError, match="decoder is on cpu, but the latents on meta"):
        score(z.to("meta"))
    with pytest.raises(ValueError, match="at least one latent"):
        score(z[:0])


def test_training_mode_with_dropout(make_decoder, z):
    decoder = nn.Sequential(make_decoder("gru"), nn.Dropout(0.2))
    with pytest.raises(ValueError, match=r"Dropout '1' is not deterministic; call decoder.eval"):
        LatentExplorationScore(decoder.train())
    score = LatentExplorationScore(decoder.eval())
    score.train()
    with pytest.raises(ValueError, match="training mode"):
        score(z)
    assert LatentExplorationScore(make_decoder("gru").train())(z).shape == (3,)


@pytest.mark.parametrize(
    "settings",
    [
        {"link": "probit"},
        {"gradient": "none"},
        {"slope": "central"},
        {"slope": "difference"},
        {"factorisation": "cholesky"},
        {"dtype": torch.float16},
        {"floor": 0.0},
        {"memory_budget": 0},
    ],
)
def test_bad_settings(make_decoder, settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        LatentExplorationScore(make_decoder("gru"), **settings)


def test_bad_decoder_object():
    with pytest.raises(ValueError, match="callable decoder"):
        LatentExplorationScore(3)


def test_one_latent_larger_than_the_budget(make_decoder, z):
    expected = LatentExplorationScore(make_decoder("gru")).score_and_gradient(z)
    pieces = LatentExplorationScore(make_decoder("gru"), memory_budget=1).score_and_gradient(z)
    torch.testing.assert_close(pieces, expected)
