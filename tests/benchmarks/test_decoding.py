"""Decoded objects per second of the models of the default study; needs their checkpoints."""

from pathlib import Path

import pytest
import torch

from lso.checkpoints import read_model

MODELS = Path(__file__).parents[2] / "results" / "models"


def model_of(name):
    path = MODELS / name / "checkpoint.safetensors"
    if not path.exists():
        pytest.skip(f"no {path.name} of the model {name}; `make study` trains it")
    return read_model(str(path))[0]


@pytest.mark.parametrize(
    ("name", "n"), [("molecules", 1000), ("expressions_short", 1000), ("squares_short", 2500)]
)
def test_decoding(benchmark, name, n):
    model = model_of(name)
    z = torch.randn(n, model.latent_dim, generator=torch.Generator().manual_seed(0)).double()
    benchmark.pedantic(
        lambda: model.decode(z, torch.Generator().manual_seed(0)), rounds=3, warmup_rounds=1
    )
    benchmark.extra_info["objects per second"] = round(n / benchmark.stats.stats.median)
