import time

import numpy as np
import pytest
import torch

from lso.arithmetic import PRODUCTIONS
from lso.representations.grammar import Grammar

EXPRESSIONS = ["x", "1/3+(x)+sin(x*x)", "x+2+exp(3)+exp(x*1)", "sin(sin(exp(x)))"]


def generator():
    return torch.Generator().manual_seed(0)


def one_hot(expressions, scale):
    arrays = torch.as_tensor(Grammar().arrays(expressions)).long()
    return scale * torch.nn.functional.one_hot(arrays, len(PRODUCTIONS)).double()


def test_round_trip():
    grammar = Grammar().fit(EXPRESSIONS)
    arrays = grammar.arrays(EXPRESSIONS)
    assert arrays.shape == (4, grammar.length)
    assert arrays.max() < len(grammar.vocabulary)
    assert grammar.objects(arrays) == EXPRESSIONS


@pytest.mark.parametrize("item", ["x+", "x+x+x+x+x+x+x+x", "(" * 5000])
def test_objects_that_cannot_be_represented_are_named(item):
    assert not Grammar().can_represent(item)
    with pytest.raises(ValueError, match=r"x|\("):
        Grammar().arrays(["x", item])


def test_confident_logits_decode_to_their_expression():
    assert Grammar().masked_decode(one_hot(EXPRESSIONS, 100.0), 5, generator()) == EXPRESSIONS


def test_decoding_is_reproducible_and_yields_only_expressions():
    logits = torch.randn(200, 15, 12, generator=generator())
    decoded = Grammar().masked_decode(logits, 5, generator())
    assert decoded == Grammar().masked_decode(logits, 5, generator())
    valid = [item for item in decoded if item is not None]
    assert 0 < len(valid) < 200
    assert all(Grammar().can_represent(item) for item in valid)


def test_attempts_that_never_finish_are_none():
    logits = torch.zeros(3, 15, 12)
    logits[..., 0] = 100.0  # S -> S + T for ever
    assert Grammar().masked_decode(logits, 5, generator()) == [None] * 3


def test_sampled_frequencies_follow_the_masked_softmax():
    logits = torch.zeros(4000, 2, 12)
    logits[:, 0, 3] = 100.0  # S -> T
    logits[:, 1, 7:11] = torch.tensor([0.1, 0.2, 0.3, 0.4]).log()
    logits[:, 1, 4:7] = -100.0
    decoded = Grammar(2).masked_decode(logits, 1, generator())
    shares = [decoded.count(leaf) / 4000 for leaf in "x123"]
    np.testing.assert_allclose(shares, [0.1, 0.2, 0.3, 0.4], atol=0.03)


def test_the_majority_of_attempts_wins():
    logits = torch.zeros(200, 2, 12)
    logits[:, 0, 3] = 100.0
    logits[:, 1, 7:9] = torch.tensor([100.7, 100.0])  # two thirds x, one third 1
    once = Grammar(2).masked_decode(logits, 1, generator()).count("x")
    voted = Grammar(2).masked_decode(logits, 25, generator()).count("x")
    assert once < 150 < 185 < voted


def test_masks_mark_the_left_hand_side_of_the_true_production():
    arrays = torch.as_tensor(Grammar().arrays(["x"]))
    masks = Grammar().masks(arrays)
    assert masks[0, 0].nonzero().flatten().tolist() == [0, 1, 2, 3]
    assert masks[0, 1].nonzero().flatten().tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert masks[0, 2].nonzero().flatten().tolist() == [11]


def test_a_grid_of_points_decodes_quickly():
    start = time.perf_counter()
    Grammar().masked_decode(torch.randn(2500, 15, 12, generator=generator()), 5, generator())
    assert time.perf_counter() - start < 5


def test_settings_fail_at_construction():
    with pytest.raises(ValueError, match="max_productions"):
        Grammar(1)
