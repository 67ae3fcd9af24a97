"""Methods that ask for objects: all new, the same again, without a latent point."""

import random
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from rdkit import DataStructs
from rdkit.Chem import MolFromSmiles
from rdkit.Chem.rdFingerprintGenerator import GetMorganGenerator

from lso.arithmetic import derive, expand
from lso.datasets.equations import Equations
from lso.interfaces import State, Task
from lso.methods._population import best_known, gather_new
from lso.methods.grammar_genetic_algorithm import GrammarGeneticAlgorithm, cross, regrow
from lso.methods.graph_genetic_algorithm import GraphGeneticAlgorithm
from lso.methods.tanimoto_bayesian_optimisation import TanimotoBayesianOptimisation
from lso.molecules import canonical
from lso.objectives.expression_error import ExpressionError
from lso.optimisation import optimise
from lso.representations.grammar import Grammar
from lso.surrogates._tanimoto import TanimotoKernel, fingerprints, fit, predict

ROOT = Path(__file__).resolve().parents[2]
SMILES = (ROOT / "config/molecules_smoke.smi").read_text().split()[:60]
PLAIN = [canonical(smiles, isomeric=False) for smiles in SMILES]
EXPRESSIONS = Equations(number=2000).objects({})[::20]


def longest(molecules) -> np.ndarray:
    """An objective that is quick: carbon atoms."""
    return np.array([float(item.upper().count("C")) for item in molecules])


def state_of(objects, objective) -> State:
    objects = list(dict.fromkeys(objects))
    held_out = np.arange(len(objects)) < 5
    task = Task(objects, objective(objects), held_out, objective)
    model = SimpleNamespace(latent_dim=3, representation=Grammar())
    return State(task, model, torch.empty(0, 3, dtype=torch.float64))


CASES = {
    "graph": (GraphGeneticAlgorithm(20, 6), PLAIN, longest),
    "tanimoto": (TanimotoBayesianOptimisation(20, 10, 4, 2, 8), PLAIN, longest),
    "grammar": (GrammarGeneticAlgorithm(50, 6), EXPRESSIONS, ExpressionError()),
}


def run(case: str, stops: list[int]) -> State:
    method, objects, objective = CASES[case]
    state = state_of(objects, objective)
    for stop in stops:
        *_, (state, _) = optimise(method, state, budget=11, stop=stop, seed=3)
    return state


@pytest.mark.parametrize("case", CASES)
def test_a_run_is_of_new_valid_objects_without_points_and_may_be_split(case):
    state = run(case, [11])
    assert len(state.x) == len(set(state.x)) == 11
    assert not set(state.x) & set(state.task.x)
    assert torch.isfinite(state.y).all()
    assert state.z.shape == (11, 3)
    assert state.z.isnan().all()
    again = run(case, [4, 11])
    assert again.x == state.x


@pytest.mark.parametrize(
    "method",
    [
        GraphGeneticAlgorithm(20, 6, largest_atoms=15),
        TanimotoBayesianOptimisation(20, 10, 4, 2, 8, largest_atoms=15),
    ],
)
def test_molecules_are_no_larger_than_asked(method):
    atoms = [MolFromSmiles(item).GetNumHeavyAtoms() for item in PLAIN]
    assert max(atoms) > 20
    *_, (state, _) = optimise(method, state_of(PLAIN, longest), budget=8, stop=8, seed=3)
    assert max(MolFromSmiles(item).GetNumHeavyAtoms() for item in state.x) <= 15


def test_the_process_predicts_all_molecules_at_once_as_one_by_one():
    x, y = fingerprints(PLAIN[:30]), torch.as_tensor(longest(PLAIN[:30]))
    model = fit(x, y)
    others = fingerprints(PLAIN[30:36])
    mean, variance = predict(model, others)
    single = model.posterior(others[:, None])
    assert torch.allclose(mean, single.mean.flatten())
    assert torch.allclose(variance, single.variance.flatten())


def test_the_best_known_are_distinct_of_the_training_set_and_of_queries():
    state = state_of(["x", "x+x", "1", "2", "3", "x*x"], lambda x: np.arange(float(len(x))))
    state = state.append(torch.full((2, 3), np.nan), ["x*x", "x/2"], np.array([9.0, np.nan]))
    assert best_known(state, 5) == [(9.0, "x*x")]  # five are held out, one is invalid


def test_searching_is_given_up_by_name(caplog):
    assert gather_new(1, lambda: ["x", None], known={"x"}) == []
    assert "no new object; enlarge the population" in caplog.text
    assert gather_new(3, lambda: ["x", "y"], known={"x"}) == ["y"]


def test_a_run_ends_with_all_it_found_when_nothing_new_is_left():
    state = state_of(["1+1", "2+2", "3+3", "x+x", "x*x", "x"], ExpressionError())
    state.model.representation = SimpleNamespace(can_represent=lambda item: len(item) == 1)
    method = GrammarGeneticAlgorithm(5, batch_size=2, max_productions=2)
    *_, (last, _) = optimise(method, state, budget=11, stop=11, seed=3)
    assert sorted(last.x) == ["1", "2", "3"]
    assert torch.isfinite(last.y).all()
    assert list(optimise(method, last, budget=11, stop=11, seed=3)) == []


def test_operators_keep_derivations_whole_and_short():
    source = random.Random(0)
    parents = [derive(item) for item in EXPRESSIONS]
    changed = 0
    for _ in range(300):
        first, second = source.choice(parents), source.choice(parents)
        assert expand(cross(first, second, source)) is not None
        grown = regrow(first, 15, source)
        assert expand(grown) is not None
        assert len(grown) <= 15
        changed += grown != first
    assert changed > 100


def test_a_parent_that_is_too_long_is_regrown_no_longer():
    long = derive("+".join("x" * 20))
    lengths = [len(regrow(long, 15, random.Random(seed))) for seed in range(50)]
    assert max(lengths) <= len(long)


def test_similarity_is_that_of_rdkit_on_bits_and_one_with_itself():
    generator = GetMorganGenerator(radius=2, fpSize=2048)
    bits = [generator.GetFingerprint(MolFromSmiles(s)) for s in SMILES[:12]]
    expected = [DataStructs.BulkTanimotoSimilarity(bit, bits) for bit in bits]
    counts = fingerprints(SMILES[:12])
    kernel = TanimotoKernel()
    assert np.allclose(kernel((counts > 0).double()).to_dense().numpy(), expected)
    gram = kernel(counts).to_dense()
    assert torch.allclose(gram.diagonal(), torch.ones(12, dtype=gram.dtype))
    assert torch.linalg.eigvalsh(gram).min() > -1e-10
    assert torch.allclose(kernel(counts, counts, diag=True), gram.diagonal())
