import pandas as pd

from lso.figures.rank_table import draw


def test_settings_stand_from_best_to_worst_with_a_p_value_per_pair():
    rows = [
        (task, label, seed, 5, float(score))
        for task in ("t", "u")
        for seed in range(10)
        for score, label in enumerate(["worst", "middle", "best"])
    ]
    frame = pd.DataFrame(rows, columns=["task", "label", "seed", "query", "best"])
    figure = draw({"summary": frame}, query=5)
    ranks, p_values = figure.axes
    assert [tick.get_text() for tick in ranks.get_yticklabels()] == ["best", "middle", "worst"]
    assert ranks.lines[0].get_xdata().tolist() == [1, 2, 3]
    assert ranks.get_title().startswith("20 blocks")
    texts = {text.get_position(): text for text in p_values.texts}
    assert set(texts) == {(0, 1), (0, 2), (1, 2)}
    assert texts[0, 2].get_text() == "<.001"
    assert texts[0, 2].get_weight() == "bold"


def test_too_few_runs_are_said_in_words():
    frame = pd.DataFrame({"task": "t", "label": ["a"], "seed": 1, "query": 5, "best": 1.0})
    (axes,) = draw({"summary": frame}, query=5).axes
    assert "expected at least 3 settings" in axes.get_title()


def test_what_has_not_run_and_what_costs_blocks_is_said_below():
    rows = [
        ("t", label, seed, 5, float(score))
        for score, label in enumerate(["worst", "middle", "best"])
        for seed in range(5 if label != "best" else 4)
    ]
    frame = pd.DataFrame(rows, columns=["task", "label", "seed", "query", "best"])
    figure = draw({"summary": frame}, query=5, labels=["worst", "middle", "best", "never"])
    assert figure.get_supxlabel().splitlines() == [
        "not run: never",
        "best ran in 4 of 5 blocks; the others are left out",
    ]
    assert draw({"summary": frame[frame.seed < 4]}, query=5).get_supxlabel() == ""
