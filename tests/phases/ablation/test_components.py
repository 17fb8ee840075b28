import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.phases.ablation.components import Component, pairs, reseeded
from mlestar_jupyter.planners.recipes import RecipePlanner
from tests.core.blocks_for_tests import BLOCKS
from tests.fakes import DUMMY, TREE
from tests.planners.tables import make_task

pytestmark = pytest.mark.fast

LINEAR = Solution.of(BLOCKS)
AVERAGED = (
    "from sklearn.ensemble import VotingClassifier\nfrom sklearn.tree import DecisionTreeClassifier\n\n\n"
    "def make_model(**params):\n"
    "    return VotingClassifier([(str(seed), DecisionTreeClassifier(random_state=seed)) for seed in range(3)])"
)


def test_other_seeds_change_nothing_but_the_seed():
    found = reseeded(LINEAR.with_block("model", TREE), 0)
    assert len({c.solution.id for c in found}) == 2
    for component in found:
        changed = component.solution.blocks["model"]
        assert "random_state=0" not in changed
        assert changed.replace(component.name.replace("seed ", "random_state="), "random_state=0").endswith(TREE + "\n")


def test_seeds_that_are_counted_are_counted_from_another_one():
    (first, second) = reseeded(LINEAR.with_block("model", AVERAGED), 0)
    assert "for seed in range(3)" not in first.solution.blocks["model"]
    assert first.solution.id != second.solution.id


def test_where_nothing_is_drawn_there_is_no_other_seed():
    assert reseeded(LINEAR.with_block("validation", BLOCKS["validation"]), 0) == []


def test_pairs_replace_both_blocks():
    model = Component("model", "block", ("model",), LINEAR.with_block("model", DUMMY), "")
    cleaning = Component(
        "cleaning", "block", ("cleaning",), LINEAR.with_block("cleaning", "def clean(X): return X"), ""
    )
    (pair,) = pairs(LINEAR, [model, cleaning])
    assert pair.blocks == ("model", "cleaning")
    assert pair.reason == "both replaced: do they need each other?"
    assert "Dummy" in pair.solution.blocks["model"]
    assert "return X" in pair.solution.blocks["cleaning"]


def test_steps_of_the_features_leave_one_technique_out_each():
    task, planner = make_task(), RecipePlanner()
    known = recipes.feature_techniques(task)
    solution = planner.baselines(task)[-1].solution
    both = solution.with_block("features", recipes.features([known["ratios"], known["crosses"]]))
    steps = dict(planner.steps(task, both))
    assert list(steps) == ["ratios", "crosses"]
    assert "add_ratios" not in steps["ratios"]
    assert "add_crosses" in steps["ratios"]
    assert planner.steps(task, solution) == []
    by_hand = both.with_block("features", both.blocks["features"] + "\n# mine\n")
    assert planner.steps(task, by_hand) == []
