"""Scripted roles of a chat model. Written and typed, not a mock: their sources really fit."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.online.base import Reference
from mlestar_jupyter.planners.base import Attempt, Combined, Draft, Idea, Plan, Proposal

FOREST = (
    "from sklearn.ensemble import RandomForestClassifier\n\n\n"
    "def make_model(**params):\n"
    "    return RandomForestClassifier(n_estimators={trees}, max_depth=4, random_state=0, **params)"
)
BAYES = "from sklearn.naive_bayes import GaussianNB\n\n\ndef make_model(**params):\n    return GaussianNB(**params)"
CONTRACTS = (
    "import pandas as pd\n\n\ndef clean(X):\n"
    '    return X.select_dtypes("number").assign(\n'
    '        monthly=(X["Contract"] == "Month-to-month").astype(int),\n'
    '        fiber=(X["InternetService"] == "Fiber optic").astype(int),\n    )'
)
"""A cleaning block that gains for sure."""
BROKEN = "def make_model(**params):\n    raise ValueError('broken')"
VOTE = (
    "from sklearn.ensemble import VotingClassifier\n\n\n"
    "def make_ensemble(members):\n    return VotingClassifier(members, voting='soft', weights={weights})"
)
BROKEN_VOTE = "def make_ensemble(members):\n    raise ValueError('no ensemble')"
IDEAS = [Idea(f"idea {n}", "a sketch", "it fits", "https://example.org/paper") for n in range(1, 6)]

Answer = Any
"""What a role answers, or a function of the role's arguments that does."""


class ScriptedAgents:
    """Each role answers from its list, in order, and then has nothing more to say; equal questions have equal answers.

    Parameters
    ----------
    **scripts : sequence of Answer
        By role.

    Attributes
    ----------
    asked : dict of str to list of tuple
        The arguments of each role's calls, in order.
    """

    def __init__(self, **scripts: Sequence[Answer]) -> None:
        self.scripts = {role: list(answers) for role, answers in scripts.items()}
        self.asked: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self._replies: dict[str, Answer] = {}

    def within(self, budget: Budget) -> "ScriptedAgents":
        del budget
        return self

    @property
    def counts(self) -> Counter[str]:
        """Calls by role."""
        return Counter({role: len(calls) for role, calls in self.asked.items()})

    def _answer(self, role: str, *arguments: Any, nothing: Answer = None) -> Answer:
        question = f"{role} {_plain(arguments)}"
        if question not in self._replies:
            self.asked[role].append(arguments)
            script = self.scripts.get(role, [])
            answer = script.pop(0) if script else nothing
            self._replies[question] = answer(*arguments) if isinstance(answer, Callable) else answer
        return self._replies[question]

    def retrieve(
        self, task: Task, references: Sequence[Reference], known: Sequence[RankedApproach], notes: str, limit: int
    ) -> list[Idea]:
        return self._answer("retrieve", references, notes, limit, nothing=[])

    def initial(self, task: Task, idea: Idea, start: Solution, notes: str) -> Draft | None:
        return self._answer("initial", idea, start, notes)

    def merge(self, task: Task, best: Solution, other: Solution, notes: str) -> Draft | None:
        return self._answer("merge", best, other, notes)

    def use_data(self, task: Task, solution: Solution) -> Draft | None:
        return self._answer("use_data", solution)

    def check_leakage(self, task: Task, solution: Solution) -> Solution | None:
        return self._answer("check_leakage", solution)

    def debug(self, task: Task, failed: Failed) -> Solution | None:
        return self._answer("debug", failed)

    def ablate(self, task: Task, solution: Solution, summaries: Sequence[str]) -> list[Proposal]:
        return self._answer("ablate", solution, tuple(summaries), nothing=[])

    def summarize(self, task: Task, solution: Solution, findings: str) -> str:
        return self._answer("summarize", solution, findings, nothing="")

    def extract(
        self, task: Task, solution: Solution, summary: str, blocks: Sequence[str], worked_on: Sequence[str], notes: str
    ) -> Plan | None:
        return self._answer("extract", solution, summary, tuple(blocks), tuple(worked_on), notes)

    def plan(self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str) -> Plan | None:
        return self._answer("plan", solution, block, tuple(attempts), notes)

    def code(self, task: Task, solution: Solution, plan: Plan) -> Proposal | None:
        return self._answer("code", solution, plan)

    def plan_ensemble(
        self, task: Task, metric: Metric, members: Sequence[Scored], earlier: Sequence[Combined], notes: str
    ) -> str | None:
        return self._answer("plan_ensemble", tuple(members), tuple(earlier), notes)

    def code_ensemble(self, task: Task, members: Sequence[Scored], plan: str) -> str | None:
        return self._answer("code_ensemble", tuple(members), plan)


def _plain(value: Any) -> str:
    """A question's content, by which it is known again."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return str([_plain(v) for v in value])
    parts: dict[type, Callable[[Any], str]] = {
        Solution: lambda v: v.id,
        Scored: lambda v: f"{v.candidate.id} {v.score}",
        Failed: lambda v: f"{v.candidate.id} {v.reason}",
        Attempt: lambda v: f"{v.proposal.source} {v.gain}",
        Combined: lambda v: f"{v.plan} {_plain(v.evaluation)}",
    }
    return parts.get(type(value), repr)(value)


def with_block(block: str, source: str, label: str = "the model's") -> Callable[..., Draft]:
    """A draft that puts a block into the solution that is its first argument, or an idea's start."""

    def draft(*arguments: Any) -> Draft:
        start = next(a for a in arguments if isinstance(a, Solution))
        return Draft(label, Solution.of({**start.blocks, block: source}), "an idea of the model")

    return draft


def with_model(source: str, label: str = "the model's") -> Callable[..., Draft]:
    """A draft with another model block."""
    return with_block("model", source, label)


def mended(block: str, source: str) -> Callable[[Failed], Solution]:
    """The failed solution with another source for a block."""
    return lambda failed: Solution.of(
        {**failed.candidate.solution.blocks, block: source}, failed.candidate.solution.members
    )


def plans(block: str, count: int) -> list[Plan]:
    """So many plans for a block."""
    return [Plan(block, f"plan {number}") for number in range(1, count + 1)]


def codes(block: str, sources: Sequence[str]) -> list[Proposal]:
    """A proposal for each source."""
    return [Proposal(block, source, f"code {n}", "as planned") for n, source in enumerate(sources, start=1)]


def counts_of(agents: ScriptedAgents, expected: Mapping[str, int]) -> dict[str, int]:
    """How often the roles named were asked."""
    return {role: agents.counts[role] for role in expected}
