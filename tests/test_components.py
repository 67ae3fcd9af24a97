"""Config entries become components, or one clear error."""

from pathlib import Path

import pytest

from lso.components import build, check_settings, completed
from lso.fingerprints import Sources, modules
from lso.kinds import ConfigError


def test_builds_nested_components():
    method = build(
        "methods",
        {
            "kind": "weighted_retraining",
            "inner": {"kind": "latent_grid", "batch_size": 5, "extent": 3},
            "weighting": {"kind": "rank", "k": 0.001},
            "period": 5,
            "retraining": {"epochs": 0.1, "batch_size": 32, "learning_rate": 0.001},
        },
    )
    assert method.inner.extent == 3.0
    assert method.weighting.k == 0.001
    assert method.retraining.epochs == 0.1
    assert method.queries_per_round == 5


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"kind": "latent_gird"}, "no methods component 'latent_gird'; known: .*latent_grid"),
        ({"kind": "latent_grid", "bath_size": 5}, "no setting 'bath_size'; known: batch_size"),
        ({"kind": "latent_grid"}, "needs the setting 'batch_size'"),
        ({"kind": "latent_grid", "batch_size": "5"}, "batch_size: expected int, came str '5'"),
        ({"kind": "latent_grid", "batch_size": 0}, "batch_size must be > 0, came 0"),
        ({"kind": "weighted_retraining", "inner": {"kind": "x"}}, "inner: no methods component"),
        (
            {"kind": "weighted_retraining", "inner": {"kind": "prior_sampling"}, "period": 5},
            "a period needs the setting 'retraining'",
        ),
        ({}, "the key 'kind'"),
    ],
)
def test_wrong_entries_name_place_and_cure(entry, message):
    with pytest.raises(ConfigError, match=f"(?s)methods.yaml: mine.*{message}"):
        build("methods", entry, "methods.yaml: mine")


def test_checks_settings_without_constructing():
    check_settings("methods", {"kind": "latent_grid", "batch_size": 0})
    with pytest.raises(ConfigError, match="here: .*no setting 'size'"):
        check_settings("methods", {"kind": "latent_grid", "size": 1}, "here")


def test_what_an_entry_leaves_open_comes_from_the_run():
    entry = {"kind": "rastrigin_goodness", "length": 4}
    with pytest.raises(ConfigError, match="needs the setting 'seed'"):
        check_settings("objectives", entry, "here")
    check_settings("objectives", entry, "here", offered=("seed", "model"))
    assert build("objectives", completed("objectives", entry, seed=7, model=None)).seed == 7
    own = entry | {"seed": 3}
    check_settings("objectives", own, "here", offered=("seed",))
    assert completed("objectives", own, seed=7) == own
    trained = {"kind": "convolutional", "representation": {"kind": "binary_image"}}
    assert completed("models", trained, seed=7) == trained  # its seed has a default


def test_modules_include_nested_ones():
    entry = {"kind": "weighted_retraining", "inner": {"kind": "latent_grid"}}
    assert set(modules("methods", entry)) == {
        "lso.methods.weighted_retraining",
        "lso.methods.latent_grid",
    }


PENALISED = {
    "kind": "bayesian_optimisation",
    "surrogate": {"kind": "exact_gaussian_process"},
    "region": {"kind": "random_subspace", "dimensions": 2},
    "penalty": {"score": {"kind": "likelihood"}, "weight": 2},
}


def test_components_nest_within_settings_that_are_mappings():
    method = build("methods", PENALISED)
    assert type(method.penalty.score).__name__ == "Likelihood"
    assert method.penalty.weight == 2.0
    assert method.region.dimensions == 2
    assert {"lso.latent_scores", "lso.regions.random_subspace"} <= set(
        modules("methods", PENALISED)
    )


@pytest.mark.parametrize(
    ("penalty", "message"),
    [
        ({"weight": 1.0}, "Penalty needs the setting 'score'"),
        ({"score": {"kind": "les"}}, "penalty: score: no latent_scores component 'les'; known"),
        ({"score": {"kind": "prior"}, "weight": 0}, "weight must be finite and > 0, came 0.0"),
    ],
)
def test_wrong_penalties_are_told(penalty, message):
    with pytest.raises(ConfigError, match=message):
        build("methods", PENALISED | {"penalty": penalty}, "methods.yaml: mine")


@pytest.fixture
def package(tmp_path):
    def write(**files):
        for name, text in files.items():
            path = tmp_path.joinpath(*name.split("__")).with_suffix(".py")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    write(p____init__="", p__a="from p import b\nx = b.y\n", p__b="y = 1\n", p__c="z = 1\n")
    (tmp_path / "p" / "__init__.py").write_text("")
    return write


def test_fingerprint_follows_imports_and_ignores_comments(package):
    root = package()
    before = Sources(root).fingerprint("p.a")
    package(p__b='"""Doc."""\n# comment\ny   = 1\n', p__c="z = 2\n")
    assert Sources(root).fingerprint("p.a") == before
    package(p__b="y = 2\n")
    assert Sources(root).fingerprint("p.a") != before


def test_fingerprint_of_nothing_is_an_error(package):
    with pytest.raises(FileNotFoundError, match=r"p\.typo"):
        Sources(package()).fingerprint("p.typo")


def test_fingerprint_of_a_script_is_its_code_not_its_place(tmp_path):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "s.py").write_text("import lso.weighting\n")
    hashes = {Sources().fingerprint(str(Path(tmp_path / n / "s.py"))) for n in ("one", "two")}
    assert len(hashes) == 1
