"""Solutions, evaluations and a description of a table, for the roles to work on."""

from dataclasses import replace

import numpy as np

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.predictions import Predictions
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import Attempt, Combined, Idea, Plan, Proposal
from mlestar_jupyter.planners.llm.roles import ModelRoles
from tests.core.blocks_for_tests import BLOCKS
from tests.planners.llm.scripted import ScriptedChat
from tests.planners.tables import make_task

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


def agents(*answers: dict | None) -> tuple[ModelRoles, ScriptedChat]:
    """The roles over a chat that answers so."""
    chat = ScriptedChat(answers)
    return ModelRoles(chat, describe), chat


def candidate(solution: Solution = SOLUTION, label: str = "logistic", block: str | None = None) -> Candidate:
    return Candidate(solution, label, None, "model", "a test", "foundation", block)


def scored(score: float, solution: Solution = SOLUTION, label: str = "logistic") -> Scored:
    predictions = Predictions(np.zeros(4, int), np.full((4, 2), 0.5))
    return Scored(candidate(solution, label), (score, score), predictions, 0.1, 0.1, 10.0, 90, 30)


def failed(reason: str, traceback: str = "", *, kind="error", solution: Solution = SOLUTION, block=None) -> Failed:
    return Failed(candidate(solution, block=block), kind, reason, traceback)


def prompts(text: str, *, task: Task | None = None, solution: Solution = SOLUTION) -> dict[str, str]:
    """Every role's prompt, with a text planted wherever one comes from outside."""
    task = task or task_with_column(text)
    roles, chat = agents()
    comment = "".join(f"# {line}\n" for line in text.split("\n"))
    hurt = solution.with_block("features", comment + solution.blocks["features"])
    tried = Attempt(Proposal("features", RATIO, text, text, "model"), scored(0.7, label=text), 0.01, 0.03, kept=False)
    lost = Attempt(Proposal("features", RATIO, text, text, "model"), failed(text), None, None, kept=False)
    members = [scored(0.7, hurt, text), scored(0.6, label=text)]
    reference = Reference("arxiv", text, text, "https://arxiv.org/abs/1", text, text)
    roles.retrieve(task, [reference], [], text, 4)
    roles.initial(task, Idea(text, text, text), hurt, text)
    roles.merge(task, hurt, solution.with_block("model", comment + TREE), text)
    roles.use_data(task, hurt)
    roles.check_leakage(task, hurt)
    roles.debug(task, failed(text, f"Traceback\nValueError: {text}", solution=hurt))
    roles.ablate(task, hurt, [text])
    roles.summarize(task, hurt, text)
    roles.extract(task, hurt, text, ["features", "model"], ["cleaning"], text)
    roles.plan(task, hurt, "features", [tried, lost], text)
    roles.code(task, hurt, Plan("features", text))
    roles.plan_ensemble(task, task.metric, members, [Combined(text, failed(text)), Combined(text, scored(0.7))], text)
    roles.code_ensemble(task, members, text)
    return {a.role: a.prompt for a in chat.asked}


def task_with_column(name: str) -> Task:
    """The task with one column more."""
    task = make_task()
    return replace(task, columns=(*task.columns, Column(name, "numeric", 5, 0.0)))
