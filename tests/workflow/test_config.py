"""A wrong config stops before the first job; lint, format and pinned versions are clean."""

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from lso.fingerprints import Sources
from lso.kinds import ConfigError
from lso.passed import Passed
from lso.validation import check

ROOT = Path(__file__).resolve().parents[2]


def test_every_study_plans(checkout):
    studies = [p.stem for p in (ROOT / "config/studies").glob("*.yaml")]
    assert {"smoke", "laptop"} <= set(studies)
    assert checkout.planned(*studies)["summarise_study"] == len(studies)


def test_the_overlay_of_one_seed_plans_one_of_every_setting(checkout):
    overlay = "config/overlays/one_seed.yaml"
    study = "results/weighted_retraining"
    _, text = checkout.plan(f"{study}/summary.parquet", "--configfile", overlay)
    planned = set(re.findall(rf"{study}/\w+/[\w-]+/([\w-]+)/seed(\d+)/history\.parquet", text))
    limit = yaml.safe_load((ROOT / overlay).read_text())["studies"]["weighted_retraining"]["limit"]
    assert sorted(planned) == [(method, "1") for method in sorted(limit["methods"])]


WRONG = {
    "mirror: 5": ({"mirror": 5}, r"config/config\.yaml: mirror: 5 is not of type"),
    "unknown study": ({"run": ["labtop"]}, r"config\.yaml: run: no 'labtop'; known: .*laptop"),
    "unknown key": (
        {"tasks": {"squares": {"datset": "squares"}}},
        r"config/tasks\.yaml: squares.*'datset'",
    ),
    "unknown dataset": (
        {"tasks": {"squares": {"dataset": "square"}}},
        r"config/tasks\.yaml: squares: dataset: no 'square'; known: .*squares",
    ),
    "wrong type": (
        {"methods": {"squares_standard": {"pool": "many"}}},
        r"config/methods\.yaml: squares_standard: pool: expected .*, came str 'many'",
    ),
    "wrong range": (
        {"methods": {"squares_weak": {"weighting": {"kind": "rank", "k": -1}}}},
        r"config/methods\.yaml: squares_weak: .*k must be > 0.*came -1",
    ),
    "unknown kind": (
        {"models": {"squares": {"architecture": {"kind": "convolutonal"}}}},
        r"config/models\.yaml: squares: architecture: .*'convolutonal'; known: .*convolutional",
    ),
    "unknown setting": (
        {"models": {"squares": {"training": {"epoch": 3}}}},
        r"config/models\.yaml: squares: training: .*'epoch'; known: .*epochs",
    ),
    "unknown method": (
        {
            "studies": {
                "smoke": {
                    "runs": [
                        {
                            "task": "squares",
                            "model": "squares",
                            "methods": ["x"],
                            "seeds": [1],
                            "queries": 1,
                        }
                    ]
                }
            }
        },
        r"config/studies/smoke\.yaml: runs\[0\]: methods: no 'x'; known: ",
    ),
    "data set without validation": (
        {"tasks": {"x": {"dataset": "squares", "objective": {"kind": "square_area"}}}},
        r"config/tasks\.yaml: x: .*'validation' is a dependency of 'dataset'",
    ),
    "untrained model on a data set": (
        {
            "models": {
                "x": {
                    "architecture": {
                        "kind": "random_network",
                        "latent_dim": 3,
                        "representation": {"kind": "float_vector", "length": 4},
                    }
                }
            },
            "studies": {
                "smoke": {
                    "runs": [
                        {
                            "task": "squares",
                            "model": "x",
                            "methods": ["prior_sampling"],
                            "seeds": [1],
                            "queries": 1,
                        }
                    ]
                }
            },
        },
        r"config/studies/smoke\.yaml: runs\[0\]: the model 'x' is not trained",
    ),
    "unknown figure": (
        {"studies": {"smoke": {"figures": {"f": {"kind": "pie", "frames": []}}}}},
        r"config/studies/smoke\.yaml: figures: f: no figures component 'pie'; known: ",
    ),
    "unknown latent score": (
        {
            "studies": {
                "exploration_score_released": {
                    "detection": {"protocols": {"clean": {"scores": {"s": {"kind": "les"}}}}}
                }
            }
        },
        r"exploration_score_released\.yaml: detection: protocols: clean: scores: s: .*'les'; known",
    ),
    "unknown reference of gradients": (
        {"studies": {"exploration_score_released": {"gradients": {"reference": "les"}}}},
        r"exploration_score_released\.yaml: gradients: reference: no 'les'; known: LES, LES det",
    ),
    "path of a method without steps": (
        {
            "studies": {
                "exploration_score": {
                    "slices": {"released": {"methods": ["exploration_none", "exploration_lbfgs"]}}
                }
            }
        },
        r"released: methods with an ascent: no 'exploration_lbfgs'; known: .*exploration_les",
    ),
    "unknown strategy": (
        {"studies": {"smoke": {"simulated_users": {"strategies": ["nobody"]}}}},
        r"config/studies/smoke\.yaml: simulated_users: no 'nobody'; known: .*random search",
    ),
    "targets without objects": (
        {"tasks": {"held_out_images": {"targets": "bowl"}}},
        r"config/tasks\.yaml: held_out_images: targets: no 'bowl'; known: .*digits",
    ),
    "figure of the report that its study lacks": (
        {"report": {"figures": {"smoke": ["pie"]}}},
        r"config/report\.yaml: figures: smoke: no 'pie'; known: best_expressions",
    ),
    "finding measured in an unknown table": (
        {
            "report": {
                "findings": [
                    dict.fromkeys(("name", "text", "source", "mended"), "x")
                    | {"paper": "tripp2020"}
                    | {"numbers": [{"name": "n", "quantity": {"table": "audits", "column": "c"}}]}
                ]
            }
        },
        r"config/report\.yaml: findings\[0\]: n: table: no 'audits'; known: audit, published",
    ),
    "answer with a number that nothing measures": (
        {
            "report": {
                "answers": [
                    dict.fromkeys(("question", "published", "answer"), "x")
                    | {"here": "{ours:.1f}", "seeds": 1, "numbers": {}}
                ]
            }
        },
        r"config/report\.yaml: answers\[0\]: sentences use \['ours'\], numbers are \[\]",
    ),
    "malformed claim": (
        {"studies": {"smoke": {"claims": [{"source": "x"}]}}},
        r"config/studies/smoke\.yaml: claims\[0\]: ",
    ),
}


def _merge(config: dict, overlay: dict) -> dict:
    """As Snakemake merges config files: mappings deeply, lists and values as a whole."""
    for key, value in overlay.items():
        both = isinstance(value, dict) and isinstance(config.get(key), dict)
        config[key] = _merge(config[key], value) if both else value
    return config


def _config() -> dict:
    config = {}
    for path in [*(ROOT / "config").glob("*.yaml"), *(ROOT / "config/studies").glob("*.yaml")]:
        _merge(config, yaml.safe_load(path.read_text()))
    return json.loads(json.dumps(config))  # aliases of YAML share what they name


@pytest.fixture(scope="module")
def right():
    """The config as it is, which passes."""
    passed = Passed((), functools.cache(Sources().fingerprint))
    check(_config(), ROOT, passed)
    return passed


@pytest.mark.parametrize("name", WRONG)
def test_wrong_config_names_file_key_and_what_is_known(name, right):
    overlay, message = WRONG[name]
    with pytest.raises(ConfigError, match=f"(?s){message}"):
        check(_merge(_config(), overlay), ROOT, Passed(right.now, right.fingerprint))


def test_a_wrong_config_stops_the_workflow_until_it_is_right(checkout):
    right = checkout.snakemake("--dry-run", "smoke")
    assert right.returncode == 0
    overlay, message = WRONG["wrong range"]
    path = checkout.root / "overlay.json"
    path.write_text(json.dumps(overlay))
    result = checkout.snakemake("--dry-run", "smoke", "--configfile", str(path))
    assert result.returncode == 1
    assert re.search(message, result.stdout + result.stderr, re.S), result.stderr[-2000:]
    assert "Traceback" not in result.stderr


def test_lint_is_clean(checkout):
    result = checkout.snakemake("--lint")
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(
    "command",
    [
        ["snakefmt", "--check", "Snakefile", "workflow"],
        ["ruff", "check", "."],
        ["ruff", "format", "--check", "."],
    ],
    ids=" ".join,
)
def test_format_is_clean(command):
    result = subprocess.run([sys.executable, "-m", *command], cwd=ROOT, capture_output=True)
    assert result.returncode == 0, (result.stdout + result.stderr).decode()


def test_lock_and_conda_environment_agree():
    lock = dict(
        re.findall(r"^([\w.-]+)==([^ ;\\]+)", (ROOT / "envs/requirements.lock").read_text(), re.M)
    )
    wanted = dict(
        re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "envs/requirements.in").read_text(), re.M)
    )
    torch = wanted.pop("torch")
    for installs in ("Makefile", "envs/Dockerfile"):
        assert f"torch=={torch}" in (ROOT / installs).read_text()
    assert "torch" not in lock
    assert wanted.items() <= lock.items()
    *lines, outside_conda = yaml.safe_load((ROOT / "envs/lso.yaml").read_text())["dependencies"]
    conda = dict(line.split("=") for line in lines)
    conda |= dict(line.split("==") for line in outside_conda["pip"])
    names = {"pytorch": "torch", "matplotlib-base": "matplotlib"}
    conda = {names.get(name, name): version for name, version in conda.items()}
    conda.pop("python")
    outside = {"snakemake", "snakemake-executor-plugin-slurm"}
    assert conda == {n: v for n, v in (wanted | {"torch": torch}).items() if n not in outside}
