"""A scripted planner: proposes listed sources. Written and typed, not a mock."""

from collections.abc import Sequence

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.approach import RankedApproach
from mlestar_jupyter.planners.base import Attempt, Draft, Idea, Planner, Proposal
from tests.core.blocks_for_tests import BLOCKS

DUMMY = "from sklearn.dummy import DummyClassifier\n\n\ndef make_model(**params):\n    return DummyClassifier(**params)"
TREE = (
    "from sklearn.tree import DecisionTreeClassifier\n\n\n"
    "def make_model(**params):\n    return DecisionTreeClassifier(max_depth=3, random_state=0, **params)"
)
NEUTRAL = {
    "cleaning": BLOCKS["cleaning"],
    "features": BLOCKS["features"],
    "preprocessing": "from sklearn.impute import SimpleImputer\n\n\ndef make_preprocessor():\n    return SimpleImputer()",
    "hyperparameters": "PARAMS = {}",
    "model": DUMMY.replace(
        "(**params)\n    return DummyClassifier(**params)", "(**params)\n    return DummyClassifier()"
    ),
    "validation": BLOCKS["validation"].replace("StratifiedKFold", "KFold"),
}


class ScriptedPlanner(Planner):
    """Drafts a dummy, a logistic regression and a tree; refines by the proposals that it was given."""

    def __init__(self, proposals: Sequence[Proposal] = ()) -> None:
        self.proposals = list(proposals)

    def approaches(self, task: Task, notes: str, limit: int) -> list[RankedApproach]:
        return []

    def baselines(self, task: Task) -> list[Draft]:
        solution = Solution.of(BLOCKS)
        return [
            Draft("dummy", solution.with_block("model", DUMMY), "the trivial baseline"),
            Draft("logistic", solution, "linear"),
            Draft("tree", solution.with_block("model", TREE), "a small tree"),
        ]

    def draft(
        self, task: Task, found: RankedApproach | Idea, start: Solution | None = None, notes: str = ""
    ) -> Draft | None:
        return None

    def sample(self, task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
        """Draw a linear model's penalties, which nothing else has."""
        if "LogisticRegression" not in solution.blocks["model"]:
            return []
        penalties = [round(0.1 * (count * batch + number), 1) for number in range(count)]
        return [Proposal("hyperparameters", f"PARAMS = {{'C': {c}}}", f"penalty {c}", "drawn") for c in penalties]

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        return NEUTRAL[block]

    def steps(self, task: Task, solution: Solution) -> list[tuple[str, str]]:
        return []

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        known = [p for p in self.proposals if p.block == block]
        return known[len(attempts)] if len(attempts) < len(known) else None
