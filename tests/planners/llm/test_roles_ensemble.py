import numpy as np
import pytest

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.planners.base import Combined
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.solutions import SOLUTION, TREE, agents, failed, scored
from tests.planners.tables import make_table, make_task

pytestmark = pytest.mark.fast

TASK = make_task()
OTHER = SOLUTION.with_block("model", TREE)
MEMBERS = [scored(0.71, SOLUTION, "logistic"), scored(0.69, OTHER, "a tree")]
SOFT = (
    "from sklearn.ensemble import VotingClassifier\n\n\n"
    "def make_ensemble(members):\n    return VotingClassifier(members, voting='soft')"
)


def test_a_plan_knows_members_and_earlier_plans_with_their_scores():
    earlier = [Combined("the mean", scored(0.72)), Combined("stack them", failed("ValueError: one class"))]
    roles, chat = agents({"plan": "Weights by rank."})
    assert roles.plan_ensemble(TASK, TASK.metric, MEMBERS, earlier, "") == "Weights by rank."
    prompt = chat.asked[0].prompt
    assert "member_1: logistic, roc_auc 0.71, fitted in 0.1 s" in prompt
    assert "make_model gives DecisionTreeClassifier(random_state=0, **params)" in prompt
    assert "the mean -> roc_auc 0.72\nstack them -> failed: ValueError: one class" in prompt


def test_an_empty_plan_is_no_plan():
    roles, _ = agents({"plan": ""}, {"plan": " "})
    assert roles.plan_ensemble(TASK, TASK.metric, MEMBERS, [], "") is None


def test_the_block_builds_over_the_members_and_fits():
    roles, _ = agents({"source": f"```python\n{SOFT}\n```"})
    source = roles.code_ensemble(TASK, MEMBERS, "the mean")
    estimator = Solution.of({**BLOCKS, "ensemble": source}, (SOLUTION, OTHER)).build()
    X, y = make_table()
    X = X.replace([np.inf], np.nan)
    assert estimator.fit(X, y).predict_proba(X).shape == (len(X), 2)


@pytest.mark.parametrize(
    "source",
    ["", TREE, "def make_ensemble(members):\n    return open('x')", f"{SOFT}\n\n\ndef make_model():\n    pass"],
    ids=["empty", "another block", "forbidden", "two blocks"],
)
def test_what_is_no_ensemble_block_is_left(source):
    roles, chat = agents({"source": source}, {"source": source})
    assert roles.code_ensemble(TASK, MEMBERS, "the mean") is None
    assert len(chat.asked) == 2


def test_without_a_plan_nothing_is_written():
    roles, chat = agents({"source": SOFT})
    assert roles.code_ensemble(TASK, MEMBERS, " ") is None
    assert chat.asked == []
