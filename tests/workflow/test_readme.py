"""The README's worked example runs as it stands."""

import hashlib
import re
from pathlib import Path

import pandas as pd
import torch

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()
TEXTS = {path: path.read_text() for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]}


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
    assert summary.best.between(-64, 0).all()
    assert (checkout.root / "results/example/figures/final_scores.pdf").stat().st_size > 1000


def test_tables_are_what_the_archive_says(checkout):
    """The marked tables of README and docs are those of the finished runs."""
    (checkout.root / "results").mkdir()
    (checkout.root / "results/archive").symlink_to(ROOT / "results/archive")
    (checkout.root / "README.md").write_text(README)
    made = {"README": README, "results": TEXTS[ROOT / "docs/results.md"]}
    targets = [f"results/documents/{name}.md" for name in made]
    result = checkout.snakemake(*targets, "--config", "archive=only")
    assert result.returncode == 0, result.stderr[-4000:]
    for target, text in zip(targets, made.values(), strict=True):
        assert (checkout.root / target).read_text() == text, f"make documents; see {target}"


def test_commands_are_targets_of_make():
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.M))
    assert set(re.findall(r"(?:^|`)make (\w+)", "\n".join(TEXTS.values()), re.M)) <= targets


def test_scoring_your_own_decoder():
    (snippet,) = re.findall(r"```python\n(import torch\nfrom botorch.*?)```", README, re.S)
    torch.manual_seed(0)
    names = {}
    exec(snippet, names)  # the README's own text
    assert names["score"](names["z"]).shape == (12,)
    assert names["candidate"].shape == (1, 3)
    assert torch.isfinite(names["candidates"]).all()


def test_own_data_and_combinations_can_be_planned(checkout):
    """The README's two studies, the first with a table of the reader's own."""
    (mine,) = re.findall(r"```yaml\n(datasets:\n  mine:.*?)```", README, re.S)
    (both,) = re.findall(r"```yaml\n(methods:\n  both:.*?)```", README, re.S)
    table = b"smiles,name\nCCO,ethanol\nc1ccccc1,benzene\n"
    (checkout.root / "data").mkdir()
    (checkout.root / "data/mine.csv").write_bytes(table)
    mine = mine.replace("sha256: ...", f"sha256: {hashlib.sha256(table).hexdigest()}")
    (checkout.root / "config/studies/mine.yaml").write_text(mine)
    (checkout.root / "config/studies/both.yaml").write_text(both)
    planned = checkout.planned("mine", "both")
    assert planned["run_method"] == 9 + 2
    made = checkout.snakemake("results/tasks/mine/objects.parquet")
    assert made.returncode == 0, made.stderr


def test_nothing_is_left_to_fill_in():
    assert not re.search(r"@[A-Z]+@|[A-Z]RUNS\b|TODO", "\n".join(TEXTS.values()))


def test_links_lead_somewhere():
    for path, text in TEXTS.items():
        for target in re.findall(r"\]\((?!https?:)([^)#]+)\)", text):
            assert (path.parent / target).exists(), f"{path.name}: {target}"
