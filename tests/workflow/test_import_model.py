"""The rule that turns a state dict of others into a checkpoint."""

import hashlib
import os

import torch
import yaml

from lso.checkpoints import read_model
from lso.components import build

ARCHITECTURE = {
    "kind": "recurrent",
    "latent_dim": 4,
    "cell": "gru",
    "size": "small",
    "representation": {
        "kind": "tokens",
        "language": "expression",
        "length": 19,
        "vocabulary": list("x+()123*/sinep "),
    },
}
CHECKPOINT = "results/models/theirs/checkpoint.safetensors"


def _released(checkout, content) -> tuple[str, ...]:
    """Save weights in a mirror, as others would; return arguments that name them."""
    mirror = checkout.root / "mirror"
    mirror.mkdir()
    torch.save(content, mirror / "w.pth")
    data = (mirror / "w.pth").read_bytes()
    source = {
        "url": "https://weights.invalid/w.pth",
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
    }
    theirs = {
        "task": "expressions_smoke",
        "architecture": ARCHITECTURE,
        "weights": {"w.pth": source},
    }
    overlay = checkout.root / "theirs.yaml"
    overlay.write_text(yaml.safe_dump({"mirror": "mirror", "models": {"theirs": theirs}}))
    return CHECKPOINT, "--configfile", str(overlay)


def test_a_state_dict_becomes_a_checkpoint(checkout):
    model = build("models", ARCHITECTURE)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, generator=torch.Generator().manual_seed(1))
    more = model.state_dict() | {"property_net.fc1.weight": torch.zeros(100, 4)}
    result = checkout.snakemake(*_released(checkout, more))
    assert result.returncode == 0, result.stderr[-4000:]
    loaded, architecture, _ = read_model(checkout.root / CHECKPOINT)
    assert architecture["latent_dim"] == 4
    z = torch.randn(5, 4, generator=torch.Generator().manual_seed(0))
    assert torch.equal(loaded.logits(z), model.eval().logits(z))


class _Command:
    """What a malicious file holds."""

    def __init__(self, root):
        self.command = f"touch {root / 'ran'}"

    def __reduce__(self):
        return os.system, (self.command,)


def test_code_in_a_weight_file_does_not_run(checkout):
    weights = build("models", ARCHITECTURE).state_dict() | {"more": _Command(checkout.root)}
    result = checkout.snakemake(*_released(checkout, weights))
    assert result.returncode != 0
    assert "holds more than weights" in result.stdout + result.stderr
    assert not (checkout.root / "ran").exists()
    assert not (checkout.root / CHECKPOINT).exists()
