"""Decoded objects per second of the models of the default study; most need their checkpoints.

Without one, `test_molecules_per_second_of_one_core` measures an untrained model of the
architecture `molecules`: 1,000 molecules took 1.02 to 1.08 CPU seconds of one thread beside one
busy core, 1.34 to 1.75 beside two, that is 571 to 981 molecules per second of one core, where two
are to decode 500.
"""

import time
from pathlib import Path

import pytest
import selfies
import torch
import yaml

from lso.checkpoints import read_model
from lso.components import build
from lso.objectives.guacamol import _GOALS
from lso.representations.tokens import _molecule

ROOT = Path(__file__).parents[2]
MODELS = ROOT / "results" / "models"


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


@pytest.mark.benchmark(timer=time.process_time)  # of all threads: other load does not count
def test_molecules_per_second_of_one_core(benchmark):
    """The aim is 500 with two cores; without any training every decode has the full length.

    What an untrained decoder writes is no typical molecule, so drugs take its place in the second
    half, from SELFIES to canonical SMILES; here, since the time of a child would not count.
    """
    n, drugs = 1000, [smiles for smiles, _ in _GOALS.values()]
    entry = yaml.safe_load((ROOT / "config/models.yaml").read_text())["models"]["molecules"]
    architecture = dict(entry["architecture"])
    tokens = build("representations", architecture.pop("representation")).fit(drugs)
    model = build("models", architecture, representation=tokens)
    z = torch.randn(n, model.latent_dim, generator=torch.Generator().manual_seed(0)).double()
    texts = [selfies.encoder(drugs[i % len(drugs)]) for i in range(n)]

    @torch.no_grad()
    def decode():
        logits = [model.logits(part) for part in z.split(model.chunk)]
        return torch.cat(logits).argmax(-1), [_molecule(text) for text in texts]

    arrays, molecules = benchmark.pedantic(decode, rounds=3, warmup_rounds=1)
    assert arrays.shape == (n, tokens.length)
    assert None not in molecules
    benchmark.extra_info["objects per second"] = round(n / benchmark.stats.stats.min)
