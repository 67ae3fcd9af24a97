"""A molecule is scored once in a run, wherever and however often it is asked for."""

import logging
import time

import numpy as np
import pytest
from rdkit import Chem

from lso import isolation
from lso.objectives import _molecules
from lso.objectives._molecules import Remembering, describe_molecules
from lso.objectives.penalised_logp import PenalisedLogp


def written_down(path, item):
    """The length of an object, and a line for every time that it was asked for."""
    if item is not None:
        with path.open("a") as file:
            file.write(f"{item}\n")
    return np.nan if item is None else float(len(item))


def test_each_object_is_computed_once(tmp_path):
    path = tmp_path / "asked"
    remembering = Remembering(lambda item: written_down(path, item))
    assert remembering(["CC", "C", "CC"]) == [2, 1, 2]
    assert remembering(["C", "CCC", "CC"]) == [1, 3, 2]
    assert remembering([]) == []
    assert path.read_text().split() == ["CC", "C", "CCC"]


def test_the_oldest_is_forgotten_first(tmp_path):
    path = tmp_path / "asked"
    remembering = Remembering(lambda item: written_down(path, item), remembered=2)
    assert remembering(["C", "CC", "CCC"]) == [1, 2, 3]  # more at once than are remembered
    assert remembering(["CCC", "CC", "C"]) == [3, 2, 1]
    assert path.read_text().split() == ["C", "CC", "CCC", "C"]


def test_an_objective_remembers_and_others_do_not_answer_for_it(monkeypatch):
    smiles = ["CCO", "c1ccccc1", "CCO", "C(", "c1ccccc1C"]
    first, second = PenalisedLogp(), PenalisedLogp(logp_mean=0.0)
    scores = first(smiles)
    assert first._score(Chem.MolFromSmiles("CCO")) == scores[0]
    assert second(smiles)[0] != scores[0]
    with monkeypatch.context() as patch:
        patch.setattr(isolation.Isolated, "__call__", lambda self, items: [0.0] * len(items))
        np.testing.assert_array_equal(first([*smiles, "CCN"]), [*scores, 0.0])


def test_a_molecule_that_hangs_takes_its_time_once(monkeypatch, caplog):
    def endless(molecule: Chem.Mol) -> float:
        time.sleep(1000 if molecule.GetNumAtoms() == 3 else 0)
        return 1.0

    monkeypatch.setattr(_molecules, "SECONDS", 0.3)
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            scores = _molecules.score_molecules(["C", "CCO"], endless)
            np.testing.assert_array_equal(scores, [1, np.nan])
    assert caplog.text.count("gave up 'CCO'") == 1


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_scores_do_not_depend_on_the_number_of_workers(workers, monkeypatch):
    monkeypatch.setattr(isolation, "ENOUGH", 2)
    monkeypatch.setattr(_molecules.torch, "get_num_threads", lambda: workers)
    objective, smiles = PenalisedLogp(), ["C" * n for n in range(1, 20)]
    expected = [objective._score(Chem.MolFromSmiles(item)) for item in smiles]
    np.testing.assert_array_equal(objective([*smiles, "C("]), [*expected, np.nan])


def test_descriptions_are_columns_of_the_properties():
    columns = describe_molecules(["C" * 40, "CC(=O)Oc1ccccc1C(=O)O"])
    assert columns["heavy_atoms"] == [40, 13]
    assert columns["passes_quality_filter"] == [False, True]
    assert columns["drug_likeness"][0] < columns["drug_likeness"][1]
    assert columns["logp"][0] > 10
    assert set(columns) == set(_molecules.properties(""))
    assert describe_molecules([]) == {name: [] for name in columns}
