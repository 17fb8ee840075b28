"""Solutions, evaluations and a description of a table, for the roles to work on."""

import numpy as np

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.planners.llm.roles import ModelAgents
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.scripted import ScriptedChat

SOLUTION = Solution.of(BLOCKS)
TREE = (
    "from sklearn.tree import DecisionTreeClassifier\n\n\n"
    "def make_model(**params):\n    return DecisionTreeClassifier(random_state=0, **params)"
)
RATIO = (
    "from sklearn.preprocessing import FunctionTransformer\n\n\n"
    "def add_ratio(X):\n    return X.assign(ratio=X['amount'] / X['price'])\n\n\n"
    "def make_features():\n    return FunctionTransformer(add_ratio)"
)


def describe(task: Task) -> str:
    """Columns with their roles, as much as a test needs."""
    lines = [f"{c.name}: {c.role}, {c.n_unique} distinct, {c.missing:.0%} missing" for c in task.columns]
    return "\n".join([f"target: {task.target}", *lines])


def agents(*answers: dict | None) -> tuple[ModelAgents, ScriptedChat]:
    """The roles over a chat that answers so."""
    chat = ScriptedChat(answers)
    return ModelAgents(chat, describe), chat


def candidate(solution: Solution = SOLUTION, label: str = "logistic", block: str | None = None) -> Candidate:
    return Candidate(solution, label, None, "model", "a test", "foundation", block)


def scored(score: float, solution: Solution = SOLUTION, label: str = "logistic") -> Scored:
    predictions = Predictions(np.zeros(4, int), np.full((4, 2), 0.5))
    return Scored(candidate(solution, label), (score, score), predictions, 0.1, 0.1, 10.0, 90, 30)


def failed(reason: str, traceback: str = "", *, kind="error", solution: Solution = SOLUTION, block=None) -> Failed:
    return Failed(candidate(solution, block=block), kind, reason, traceback)
