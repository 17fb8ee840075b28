"""The recipe planner: deterministic, no model. It proposes from the shipped knowledge base, and Optuna for numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlestar_jupyter.core.blocks import block_hash, with_marker
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import Approach, RankedApproach, load_approaches
from mlestar_jupyter.knowledge.ranking import rank
from mlestar_jupyter.planners.base import Attempt, Draft, Idea, Planner, Proposal
from mlestar_jupyter.planners.hyperparameters import drawn_parameters, next_parameters
from mlestar_jupyter.planners.variants import variants
from mlestar_jupyter.problems.registry import problem_of

_BASELINES = ("linear", "decision_tree", "hist_gradient_boosting")
_QUICK_BASELINES = ("linear", "decision_tree")
_MANY_COLUMNS = 1_000  # hist gradient boosting takes long for each, whatever its values
_FAST_BOOSTING = ("lightgbm", "xgboost")  # the first that is installed carries the feature techniques
_TECHNIQUES = {
    "ratios": "ratios",
    "group_aggregates": "group means",
    "category_crosses": "crosses",
    "frequency_encoding": "frequencies",
    "missing_indicators": "missing count",
    "cyclic_time": "cycles",
    "date_differences": "date differences",
    "text_counts": "text counts",
    "polynomials": "polynomials",
    "clusters": "clusters",
    "components": "components",
    "calendar": "calendar",
    "feature_selection": "selection",
}


class RecipePlanner(Planner):
    """Proposes from recipes: the same arguments give the same answer."""

    def approaches(self, task: Task, notes: str, limit: int) -> list[RankedApproach]:
        """Rank the shipped approaches by their stated rule and the notes."""
        return rank(task, notes, limit)

    def baselines(self, task: Task) -> list[Draft]:
        """Always the same target, a linear model, a tree, and boosted trees at good settings."""
        cards = {a.id: a for a in load_approaches()}
        drafts = [
            Draft(
                "constant",
                _solution(task, _dummy(task), "least"),
                "the trivial baseline: learns nothing from the inputs",
            )
        ]
        for name in _BASELINES if len(task.columns) <= _MANY_COLUMNS else _QUICK_BASELINES:
            drafts.append(
                Draft(name.replace("_", " "), _from_card(task, cards[name]), f"baseline: {cards[name].summary}")
            )
        return drafts

    def draft(
        self, task: Task, found: RankedApproach | Idea, start: Solution | None = None, notes: str = ""
    ) -> Draft | None:
        """Build a model's card into a solution, or boosted trees with a card's features; None for all else."""
        del start, notes
        if isinstance(found, Idea):
            return None
        card = found.approach
        reason = "; ".join(found.reasons)
        if card.recipe.get("growth") and recipes.growth_column(task) is None:
            return None
        if card.kind == "model":
            return Draft(card.id.replace("_", " "), _from_card(task, card), reason)
        technique = recipes.feature_techniques(task).get(_TECHNIQUES.get(card.id, ""))
        if technique is None:
            return None
        base = next(a for name in _FAST_BOOSTING for a in load_approaches() if a.id == name and _is_usable(a))
        solution = _from_card(task, base).with_block("features", recipes.features([technique]))
        return Draft(f"{base.id.replace('_', ' ')} + {_TECHNIQUES[card.id]}", solution, reason)

    def sample(self, task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
        """Draw settings from the space of the solution's estimator; none for an unknown one."""
        return drawn_parameters(task, solution, count, batch)

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        """The neutral source of a block; it runs with whatever the other blocks are."""
        neutral: dict[str, Callable[[], str]] = {
            "cleaning": lambda: recipes.least_cleaning(task),
            "features": recipes.features_none,
            "preprocessing": lambda: recipes.preprocessing(task, "least"),
            "hyperparameters": lambda: recipes.hyperparameters({}),
            "model": lambda: recipes.plain_model(task),
            "validation": lambda: recipes.plain_validation(task),
        }
        source = neutral[block]()
        return (
            solution.blocks[block]
            if block_hash(with_marker(block, source)) == block_hash(solution.blocks[block])
            else source
        )

    def steps(self, task: Task, solution: Solution) -> list[tuple[str, str]]:
        """The techniques of a block that our recipes wrote; [] for one that a human wrote."""
        del task
        return recipes.feature_steps(solution.blocks["features"])

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        """Propose the next variant of a block: by Optuna for numbers, from the recipes for the rest."""
        del notes
        if block == "hyperparameters":
            return next_parameters(task, solution, attempts)
        tried = {block_hash(with_marker(block, a.proposal.source)) for a in attempts}
        tried.add(block_hash(solution.blocks[block]))
        for label, source, reason in variants(task, solution, block, attempts):
            if block_hash(with_marker(block, source)) not in tried:
                return Proposal(block, source, label, reason)
        return None


def _solution(task: Task, model: tuple[str, str], preprocessing: str) -> Solution:
    source, parameters = model
    return Solution.of(
        {
            "cleaning": recipes.cleaning(task),
            "features": recipes.features_none(),
            "preprocessing": recipes.preprocessing(task, preprocessing),
            "hyperparameters": parameters,
            "model": source,
            "validation": recipes.validation(task),
        }
    )


def _from_card(task: Task, card: Approach) -> Solution:
    return _solution(task, recipes.model(task, card.recipe), card.recipe["preprocessing"])


def _is_usable(card: Approach) -> bool:
    return all(map(installed, card.requires))


def _dummy(task: Task) -> tuple[str, str]:
    problem = problem_of(task)
    own = {"imports": [problem.constant.imports], "call": problem.constant.call("**params")}
    return recipes.model(task, {"title": "Always the classes' shares, or the mean", problem.recipe: own})
