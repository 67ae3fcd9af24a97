"""What the exploration score costs beside the decoder passes that it cannot do without.

Run with `pytest tests/benchmarks/test_exploration_score.py --benchmark-only`; prints one table.
"""

import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from lso.geometry._links import Softmax
from lso.geometry.exploration_score import LatentExplorationScore
from lso.models.recurrent import RecurrentDecoder
from lso.models.transformer import TransformerDecoder

SHAPES = [(25, 19, 15), (56, 120, 35), (75, 72, 146), (256, 72, 100)]
LATENTS = 8
FEEDFORWARD = 2048  # of the authors' Transformer


class Recurrent(RecurrentDecoder):
    def forward(self, z):
        return self.run_freely(self.unroll(z))


MAKERS = {
    "gru": lambda *shape: Recurrent(*shape, "gru"),
    "lstm": lambda *shape: Recurrent(*shape, "lstm"),
    "transformer": lambda *shape: TransformerDecoder(*shape, FEEDFORWARD),
}


def make_decoder(kind, shape):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        decoder = MAKERS[kind](*shape)
    return decoder.double().eval().requires_grad_(False)


def latents(n, d):
    return torch.randn(n, d, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


def seconds(function, repeats=3, enough=10.0):
    """Least processor time of a few calls; of one call if that is long."""
    times = []
    while len(times) < repeats and sum(times) < enough:
        start = time.process_time()
        function()
        times.append(time.process_time() - start)
    return min(times)


@pytest.fixture(autouse=True)
def one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def table(request):
    rows = []
    yield rows
    with request.config.pluginmanager.get_plugin("capturemanager").global_and_fixture_disabled():
        print("", *rows, sep="\n")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("kind", MAKERS)
def test_score_beside_decoder_passes(benchmark, table, kind, shape):
    d = shape[0]
    decoder = make_decoder(kind, shape)
    z, rows = latents(LATENTS, d), latents(LATENTS * (d + 1), d)
    score = LatentExplorationScore(decoder)
    score(z[:1])  # measures the memory of a row
    with torch.no_grad():
        floor = seconds(lambda: decoder(rows))
    value = seconds(lambda: score(z))
    gradient = seconds(lambda: score.score_and_gradient(z))
    table.append(
        f"{kind:12} {shape!s:14} decoder {floor:7.3f} s"
        f"   score {value / floor:5.2f}   with gradient {gradient / floor:5.2f}"
    )
    benchmark.extra_info.update(floor=floor, score=value / floor, gradient=gradient / floor)
    benchmark.pedantic(lambda: None, rounds=1)


def dense_stage(logits, jacobian):
    """B A as the released code does it: dense blocks, a loop over points and positions."""
    n, length, v = logits.shape
    s, c = logits.softmax(-1), logits.exp().sum(-1)
    dense = logits.new_zeros(n, length * (v + 1), length * v)
    for i in range(n):
        for t in range(length):
            rows, columns = t * (v + 1), t * v
            block = torch.diag(s[i, t]) - torch.outer(s[i, t], s[i, t])
            dense[i, rows : rows + v, columns : columns + v] = block
            dense[i, rows + v, columns : columns + v] = -s[i, t] / c[i, t]
    return dense @ jacobian.flatten(1, 2)


@pytest.mark.parametrize(
    ("shape", "n", "is_differentiated"),
    [(SHAPES[0], 8, False), (SHAPES[1], 1, False), (SHAPES[2], 1, False), (SHAPES[0], 8, True)],
)
def test_softmax_stage_beside_dense_blocks(benchmark, table, shape, n, is_differentiated):
    d, length, v = shape
    logits = latents(n * length, v).unflatten(0, (n, length)).requires_grad_(is_differentiated)
    # forward mode leaves the tangents in front
    jacobian = latents(d, n * length * v).unflatten(1, (n, length, v)).movedim(0, -1)
    cotangent = latents(d, n * length * (v + 1)).unflatten(1, (n, -1)).movedim(0, -1)

    def by_blocks():
        rows = dense_stage(logits, jacobian)
        return torch.autograd.grad(rows, logits, cotangent)[0] if is_differentiated else rows

    def by_link():
        link = Softmax(logits.detach())
        rows = link.push(jacobian)
        return link.bend(jacobian, rows, cotangent) if is_differentiated else rows

    dense, ours = seconds(by_blocks), seconds(lambda: [by_link() for _ in range(20)]) / 20
    table.append(
        f"softmax stage {shape!s:14} n = {n}{' with gradient' * is_differentiated:14}"
        f"   dense {1e3 * dense:8.2f} ms   ours {1e3 * ours:6.2f} ms   ratio {dense / ours:5.0f}"
    )
    benchmark.pedantic(lambda: None, rounds=1)


def test_time_is_linear_in_n(benchmark, table):
    score = LatentExplorationScore(make_decoder("gru", SHAPES[0]), memory_budget=10**8)
    times = [seconds(lambda n=n: score.score_and_gradient(latents(n, 25))) for n in (8, 32, 128)]
    table.append("gradient of n latents, n = 8, 32, 128: " + ", ".join(f"{t:.2f} s" for t in times))
    benchmark.pedantic(lambda: None, rounds=1)


PEAK = """
import sys
from pathlib import Path
sys.path[:0] = {path!r}
from test_exploration_score import LatentExplorationScore, latents, make_decoder, torch
torch.set_num_threads(1)
def peak():  # of this process alone; getrusage hands on that of the parent
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(x.split()[1]) for x in lines if x.startswith("VmHWM"))
score = LatentExplorationScore(make_decoder({kind!r}, {shape!r}), memory_budget={budget})
score.decoder(latents(1, {shape!r}[0]))
before = peak()
score.score_and_gradient(latents(16, {shape!r}[0]))
print(peak() - before)
"""


@pytest.mark.parametrize("budget", [10**8, 3 * 10**8, 10**9])
@pytest.mark.parametrize("kind", ["gru", "transformer"])
def test_memory_keeps_to_the_budget(benchmark, table, kind, budget):
    path = [str(Path(__file__).parent), *sys.path]
    code = PEAK.format(path=path, kind=kind, shape=SHAPES[0], budget=budget)
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    peak = 1024 * int(answer.stdout)
    table.append(f"{kind:12} budget {budget / 1e6:5.0f} MB   peak {peak / 1e6:5.0f} MB")
    benchmark.pedantic(lambda: None, rounds=1)
    assert peak < 1.3 * budget + 5e7
