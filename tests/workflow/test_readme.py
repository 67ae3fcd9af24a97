"""The README's worked example runs as it stands."""

import re
from pathlib import Path

import pandas as pd
import torch

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


def test_worked_example(checkout):
    blocks = re.findall(r"`((?:src|config)/\S+)`:\n\n```\w+\n(.*?)```", README, re.S)
    assert len(blocks) == 5
    for path, text in blocks:
        assert not (checkout.root / path).exists()
        (checkout.root / path).write_text(text)
    result = checkout.snakemake("example")
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-4000:]
    summary = pd.read_parquet(checkout.root / "results/example/summary.parquet")
    assert set(summary.label) == {"random box", "random search"}
    assert summary.best.between(0, 64).all()
    assert (checkout.root / "results/example/figures/final_scores.pdf").stat().st_size > 1000


def test_commands_are_targets_of_make():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:^|`)make (\w+)", README, re.M)) <= targets


def test_scoring_your_own_decoder():
    """The README's snippet, with a decoder and data of the reader's own."""
    (snippet,) = re.findall(r"```python\n(from botorch.*?)```", README, re.S)
    torch.manual_seed(0)
    decoder = torch.nn.Sequential(
        torch.nn.Linear(3, 16),
        torch.nn.Tanh(),
        torch.nn.Linear(16, 20),
        torch.nn.Unflatten(1, (4, 5)),
    ).eval()
    z = torch.randn(12, 3, dtype=torch.float64)
    names = {"torch": torch, "decoder": decoder, "z": z, "y": -(z**2).sum(1, keepdim=True)}
    exec(snippet, names)  # the README's own text
    assert names["score"](z).shape == (12,)
    assert names["candidate"].shape == (1, 3)
    assert torch.isfinite(names["candidates"]).all()


def test_nothing_is_left_to_fill_in():
    assert not re.search(r"@[A-Z]+@|TODO", README)
