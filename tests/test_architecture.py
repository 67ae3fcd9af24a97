"""Imports go downward, every file is in its room, and config names what exists."""

import ast
from pathlib import Path

import pytest

from lso.fingerprints import imports

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
# what each package or module may import of ours, besides layer 1 and its own family's bases
KERNEL = {
    "interfaces",
    "kinds",
    "components",
    "history",
    "arithmetic",
    "molecules",
    "isolation",
    "prior",
}
LAYERS = {
    "interfaces": set(),
    "kinds": set(),
    "fingerprints": {"kinds"},
    "components": {"kinds"},
    "history": set(),
    "arithmetic": set(),
    "molecules": set(),
    "isolation": set(),
    "prior": set(),
    "datasets": KERNEL,
    "representations": KERNEL,
    "objectives": KERNEL,
    "weighting": KERNEL,
    "likeness": KERNEL | {"objectives"},
    "geometry": KERNEL,
    "latent_scores": KERNEL | {"geometry"},
    "detection": KERNEL | {"latent_scores"},
    "score_gradients": KERNEL | {"detection", "latent_scores"},
    "latent_slices": KERNEL | {"latent_scores", "score_terms", "methods", "optimisation"},
    "score_terms": KERNEL | {"latent_scores"},
    "regions": KERNEL | {"geometry"},
    "optimisers": KERNEL | {"geometry", "latent_scores", "score_terms", "regions"},
    "models": KERNEL | {"representations", "objectives", "geometry"},
    "training_settings": set(),
    "weighted_batches": {"training_settings"},
    "training": KERNEL | {"models", "training_settings", "weighted_batches"},
    "surrogates": KERNEL | {"geometry"},
    "users": KERNEL,
    "methods": KERNEL
    | {"weighting", "geometry", "models", "surrogates", "users"}
    | {"training", "training_settings", "weighted_batches"}
    | {"latent_scores", "score_terms", "regions", "optimisers"},
    "optimisation": KERNEL,
    "decoder_probes": KERNEL | {"geometry", "methods", "optimisation"},
    "evaluation": KERNEL,
    "figures": KERNEL | {"evaluation"},
    "drawing": KERNEL | {"figures", "storage"},
    "storage": KERNEL,
    "job": KERNEL | {"storage"},
    "driver": KERNEL | {"job"},
    "recipes": KERNEL,
    "archive": KERNEL | {"storage", "recipes"},
    "checkpoints": KERNEL | {"storage"},
    "download": KERNEL,
    "passed": {"kinds", "fingerprints"},
    "study_validation": KERNEL | {"evaluation", "passed"},
    "validation": KERNEL | {"evaluation", "passed", "study_validation"},
    "explore": KERNEL
    | {"representations", "objectives", "geometry", "methods", "optimisation"}
    | {"storage", "checkpoints", "fingerprints"},
}
EDGES = {"storage", "job", "driver", "archive", "checkpoints", "download", "validation"}
EDGES |= {"drawing", "kinds", "fingerprints", "passed", "study_validation"}
FILES = sorted(SOURCE.rglob("*.py"))


def _room(module: str) -> str:
    return module.split(".")[1] if module.count(".") else ""


def _module(path: Path) -> str:
    name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
    return name.removesuffix(".__init__")


def _our_imports(path: Path) -> set[str]:
    names = imports(ast.parse(path.read_text()), _module(path))
    return {n for n in names if n.startswith("lso.") and _exists(n)}


def _exists(module: str) -> bool:
    path = SOURCE.joinpath(*module.split("."))
    return path.with_suffix(".py").is_file() or (path / "__init__.py").is_file()


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_imports_go_downward(path):
    room = _room(_module(path))
    if not room:
        return
    allowed = LAYERS[room] | {room}
    rooms = {_room(name) for name in _our_imports(path)}
    assert rooms <= allowed, f"{_module(path)} imports {sorted(rooms - allowed)}"


@pytest.mark.parametrize("path", FILES, ids=_module)
def test_imports_are_at_the_top_and_absolute(path):
    tree = ast.parse(path.read_text())
    top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            assert id(node) in top, f"line {node.lineno}: import inside a function"
            assert not getattr(node, "level", 0), f"line {node.lineno}: relative import"


@pytest.mark.parametrize("family", ["evaluation", "figures"])
def test_numbers_and_figures_never_see_torch(family):
    for path in (SOURCE / "lso" / family).glob("*.py"):
        names = imports(ast.parse(path.read_text()), "")
        assert not {n for n in names if n.split(".")[0] in ("torch", "botorch", "gpytorch")}
        assert "lso.interfaces" not in names  # it imports torch


def _is_open(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id == "open"


def test_only_edges_open_files():
    calls = {"open", "read_text", "read_bytes", "write_text", "write_bytes"}
    for path in FILES:
        if _room(_module(path)) in EDGES:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", "open" if _is_open(node) else "")
                assert name not in calls, f"{_module(path)} line {node.lineno} calls {name}"


def test_package_folders_re_export_nothing():
    for path in SOURCE.rglob("__init__.py"):
        body = ast.parse(path.read_text()).body
        assert len(body) == 1
        assert ast.get_docstring(ast.Module(body, []))


def test_rules_and_scripts_share_names():
    scripts = {p.stem for p in (ROOT / "workflow/scripts").glob("*.py")}
    rules = "".join(p.read_text() for p in (ROOT / "workflow/rules").glob("*.smk"))
    for script in scripts:
        assert f"rule {script}:" in rules or f"as {script} with:" in rules


def test_top_level_is_the_house():
    shown = {p.name for p in ROOT.iterdir() if not p.name.startswith(".")}
    house = {"Snakefile", "workflow", "envs", "config", "src", "results", "tests", "README.md"}
    usual = {"pyproject.toml", "Makefile", "profiles", "LICENSE", "CITATION.cff", "references.bib"}
    usual |= {"CHANGELOG.md", "CONTRIBUTING.md", "docs"}
    assert house <= shown
    assert shown - house <= usual
