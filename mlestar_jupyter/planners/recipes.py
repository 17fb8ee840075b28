"""The recipe planner: deterministic, no model. It proposes from the shipped knowledge base, and Optuna for numbers."""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mlestar_jupyter.core.blocks import block_hash, with_marker
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.knowledge import ensembles, recipes
from mlestar_jupyter.knowledge.approach import Approach, RankedApproach, load_approaches
from mlestar_jupyter.knowledge.ranking import rank
from mlestar_jupyter.planners.base import Attempt, Draft, Proposal
from mlestar_jupyter.planners.spaces import Choice, Real, Whole, find_known, find_space

_BASELINES = ("linear", "decision_tree", "hist_gradient_boosting")
_QUICK_BASELINES = ("linear", "decision_tree")  # thousands of columns
_FAST_BOOSTING = ("lightgbm", "xgboost")  # the first that is installed carries the feature techniques
_TECHNIQUES = {
    "ratios": "ratios",
    "group_aggregates": "group means",
    "category_crosses": "crosses",
    "frequency_encoding": "frequencies",
    "missing_indicators": "missing count",
    "cyclic_time": "cycles",
}


class RecipePlanner:
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
        for name in _BASELINES if len(task.columns) <= recipes.WIDE else _QUICK_BASELINES:
            drafts.append(
                Draft(name.replace("_", " "), _from_card(task, cards[name]), f"baseline: {cards[name].summary}")
            )
        return drafts

    def draft(self, task: Task, approach: RankedApproach) -> Draft | None:
        """Build a model's card into a solution, or boosted trees with a card's features; None for other techniques."""
        card = approach.approach
        reason = "; ".join(approach.reasons)
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
        return _drawn_parameters(task, solution, count, batch)

    def neutral(self, task: Task, solution: Solution, block: str) -> str:
        """The neutral source of a block; it runs with whatever the other blocks are."""
        neutral: dict[str, Callable[[], str]] = {
            "cleaning": lambda: _identity(task),
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
        """The techniques of a block that is all ours; [] for one that a human wrote."""
        block = solution.blocks["features"]
        known = recipes.feature_techniques(task)
        present = {name: parts for name, parts in known.items() if parts[0].strip() in block}
        if len(present) < 2 or with_marker("features", recipes.features(list(present.values()))) != block:  # noqa: PLR2004
            return []
        return [
            (name, recipes.features([parts for other, parts in present.items() if other != name])) for name in present
        ]

    def refine(
        self, task: Task, solution: Solution, block: str, attempts: Sequence[Attempt], notes: str
    ) -> Proposal | None:
        """Propose the next variant of a block: by Optuna for numbers, from the recipes for the rest."""
        del notes
        if block == "hyperparameters":
            return _next_parameters(task, solution, attempts)
        tried = {block_hash(with_marker(block, a.proposal.source)) for a in attempts}
        tried.add(block_hash(solution.blocks[block]))
        for label, source, reason in _variants(task, solution, block, attempts):
            if block_hash(with_marker(block, source)) not in tried:
                return Proposal(block, source, label, reason)
        return None

    def combine(self, task: Task, weights: Sequence[float], strategy: str) -> str | None:
        """Write the ``ensemble`` block of a strategy."""
        return ensembles.ensemble(task, strategy, weights)


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
    kind = "DummyClassifier(strategy='prior', **params)" if task.is_classification else "DummyRegressor(**params)"
    call = kind.replace("'", '"')
    own = {"imports": [f"from sklearn.dummy import {call.partition('(')[0]}"], "call": call}
    name = "classification" if task.is_classification else "regression"
    return recipes.model(task, {"title": "Always the classes' shares, or the mean", name: own})


def _identity(task: Task) -> str:
    """Leave everything as it is but what no preprocessor takes: dates become text, infinities missing."""
    dates = [c.name for c in task.columns if c.role == "date" and not c.stored_as_text]
    texts = [c.name for c in task.columns if c.role == "text"]
    has_numbers = any(c.role == "numeric" for c in task.columns)
    head = "import numpy as np\n\n\n" if has_numbers else ""
    finite = ".replace([np.inf, -np.inf], np.nan)" if has_numbers else ""
    text_dates = f".astype({dict.fromkeys(dates, 'str')!r})" if dates else ""
    present = f".fillna({dict.fromkeys(texts, '')!r})" if texts else ""
    body = f"    return X{finite}{text_dates}{present}"
    body += "  # the least that the other blocks take\n" if finite or dates or texts else "\n"
    return f'{head}def clean(X):\n    """The table as it is."""\n{body}'


# --- variants from recipes ----------------------------------------------------------------------------------------

_Variant = tuple[str, str, str]
_Technique = tuple[str, str]


def _variants(task: Task, solution: Solution, block: str, attempts: Sequence[Attempt]) -> list[_Variant]:
    match block:
        case "features":
            return _feature_variants(task, solution, attempts)
        case "preprocessing":
            return _preprocessing_variants(task, solution)
        case "model":
            return _model_variants(task, solution)
        case "cleaning":
            source = recipes.cleaning(task, codes=True)
            return [("codes as categories", source, "whole numbers with few values may be codes rather than amounts")]
    return []


def _feature_variants(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> list[_Variant]:
    """Each technique on top of those that the block has, then the two together that gained most."""
    known = recipes.feature_techniques(task)
    block = solution.blocks["features"]
    present = [parts for parts in known.values() if parts[0].strip() in block]
    techniques = {name: parts for name, parts in known.items() if parts not in present}
    build = _builder(block, present)
    reasons = {
        "ratios": "amounts in relation to each other, which trees find hard",
        "group means": "a row against its group",
        "crosses": "effects that hold only for combinations",
        "frequencies": "how common a category is",
        "missing count": "gaps may say something",
        "cycles": "time on a circle",
    }
    found = [(name, build([parts]), reasons[name]) for name, parts in techniques.items()]
    helped = sorted(
        (a for a in attempts if a.gain is not None and a.proposal.label in techniques), key=lambda a: -(a.gain or 0)
    )
    best = [a.proposal.label for a in helped[:2]]
    if len(found) == len(helped) and len(best) == 2:  # noqa: PLR2004
        source = build([techniques[name] for name in best])
        found.append((" + ".join(best), source, "the two techniques that gained most, together"))
    return found


def _builder(block: str, present: Sequence[_Technique]) -> Callable[[Sequence[_Technique]], str]:
    """How to add techniques to a block: written anew when it is all ours, and else behind what a human wrote."""
    if with_marker("features", recipes.features(present)) == block:
        return lambda new: recipes.features([*present, *new])
    return lambda new: recipes.features_behind(block, new)


def _preprocessing_variants(task: Task, solution: Solution) -> list[_Variant]:
    takes_gaps = any(
        name in solution.blocks["model"] for name in ("XGB", "LGBM", "CatBoost", "HistGradient", "Forest", "ExtraTrees")
    )
    reasons = {
        "trees": "codes for categories, numbers as they are",
        "native": "categories that the model knows as such",
        "target encoding": "categories by the mean target of their rows, cross-fitted",
        "linear": "one column a category, scaled numbers",
        "robust": "scaling that outliers do not move",
        "quantile": "numbers on a normal scale",
    }
    usual: tuple[str, ...] = ("quantile", "robust", "target encoding", "linear")
    if takes_gaps:
        usual = ("target encoding", "linear", "trees")
    if "CatBoost" in solution.blocks["model"]:
        usual = ("native", *usual)
    if task.names("text"):
        usual = tuple(k for k in usual if k != "target encoding")
    return [(kind, recipes.preprocessing(task, kind), reasons[kind]) for kind in usual]


def _model_variants(task: Task, solution: Solution) -> list[_Variant]:
    """Variants around the present model that keep its parameters: averaged over seeds, calibrated, log target."""
    source = solution.blocks["model"]
    renamed = source.replace("def make_model(", "def make_one(", 1)
    if renamed == source or "def make_one(" in source:
        return []
    renamed = renamed.split("\n", 1)[1]
    found: list[_Variant] = []
    if "random_state=0" in renamed:
        seeded = renamed.replace("def make_one(**params)", "def make_one(seed, **params)").replace(
            "random_state=0", "random_state=seed"
        )
        kind = "VotingClassifier" if task.is_classification else "VotingRegressor"
        soft = ', voting="soft"' if task.is_classification else ""
        text = (
            f"from sklearn.ensemble import {kind}\n{seeded.rstrip()}\n\n\ndef make_model(**params):\n"
            f'    """The same model with three seeds, averaged: less variance (Breiman 1996)."""\n'
            f'    return {kind}([(f"seed_{{seed}}", make_one(seed, **params)) for seed in range(3)]{soft})\n'
        )
        found.append(("three seeds", text, "averaging over seeds lowers the variance"))
    if task.is_classification:
        text = (
            f"from sklearn.calibration import CalibratedClassifierCV\n{renamed.rstrip()}\n\n\n"
            "def make_model(**params):\n"
            '    """Probabilities adjusted on held-out folds, models averaged over them."""\n'
            '    return CalibratedClassifierCV(make_one(**params), method="sigmoid", cv=5)\n'
        )
        found.append(("calibrated", text, "adjusted probabilities, and five models averaged"))
    else:
        text = (
            f"import numpy as np\nfrom sklearn.compose import TransformedTargetRegressor\n{renamed.rstrip()}\n\n\n"
            "def make_model(**params):\n"
            '    """Fitted on the logarithm of the target, for errors that grow with the value (Box & Cox 1964)."""\n'
            "    return TransformedTargetRegressor(make_one(**params), func=np.log1p, inverse_func=np.expm1)\n"
        )
        found.append(("log target", text, "errors that grow with the value"))
    return found


# --- hyperparameters by Optuna ------------------------------------------------------------------------------------


def _next_parameters(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> Proposal | None:
    """Try the known good settings, then ask Optuna's TPE, told all attempts so far; None for an unknown estimator.

    The study is rebuilt from the attempts each time, so that the planner keeps no state.
    """
    space = find_space(solution.blocks["model"])
    if space is None:
        return None
    present = _parameters(solution.blocks["hyperparameters"])
    tried = [present, *(_parameters(a.proposal.source) for a in attempts)]
    kept = {k: v for k, v in present.items() if k not in space}
    number = len(attempts) + 1
    for known in find_known(solution.blocks["model"]):
        if kept | dict(known) not in tried:
            source = recipes.hyperparameters(kept | dict(known))
            return Proposal("hyperparameters", source, f"trial {number}", "settings that did well on other tables")
    import optuna

    with _quiet(optuna):
        # The attempts so far are part of the seed: a sampler made anew would repeat its first draws.
        seed = child_seed(task.seed, "hyperparameters", solution.id, len(attempts))
        study = optuna.create_study(
            direction="maximize", sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=4)
        )
        distributions = {name: _distribution(part) for name, part in space.items()}
        _tell(study, {k: v for k, v in present.items() if k in space}, 0.0, distributions)
        for attempt in attempts:
            _tell(study, _parameters(attempt.proposal.source), _gain(attempt), distributions)
        trial = study.ask(distributions)
    chosen = {name: _rounded(value) for name, value in trial.params.items()}
    source = recipes.hyperparameters(kept | chosen)
    return Proposal(
        "hyperparameters", source, f"trial {number}", f"Optuna's TPE, trial {number} after the gains so far"
    )


def _drawn_parameters(task: Task, solution: Solution, count: int, batch: int) -> list[Proposal]:
    """Settings drawn at random: what the model has of others stays."""
    space = find_space(solution.blocks["model"])
    if space is None:
        return []
    import optuna

    kept = {k: v for k, v in _parameters(solution.blocks["hyperparameters"]).items() if k not in space}
    found = []
    with _quiet(optuna):
        sampler = optuna.samplers.RandomSampler(seed=child_seed(task.seed, "sample", solution.id, batch))
        study = optuna.create_study(sampler=sampler)
        for number in range(count * (batch - 1) + 1, count * batch + 1):
            trial = study.ask({name: _distribution(part) for name, part in space.items()})
            chosen = {name: _rounded(value) for name, value in trial.params.items()}
            source = recipes.hyperparameters(kept | chosen)
            reason = "settings drawn from the ranges that suit the model"
            found.append(Proposal("hyperparameters", source, f"settings {number}", reason))
    return found


@contextmanager
def _quiet(optuna: Any) -> Iterator[None]:
    """Silence Optuna's log and its warnings of experimental parts, here only."""
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield
    finally:
        optuna.logging.set_verbosity(before)


def _tell(study: Any, params: dict[str, Any], gain: float | None, distributions: dict[str, Any]) -> None:
    """Tell a finished attempt; one whose parameters are not all in the space teaches the sampler nothing."""
    import optuna

    inside = set(params) >= set(distributions) and all(
        distributions[k]._contains(distributions[k].to_internal_repr(params[k])) for k in distributions
    )
    if gain is None or not inside:
        return
    values = {k: params[k] for k in distributions}
    study.add_trial(optuna.trial.create_trial(params=values, distributions=distributions, value=gain))


def _gain(attempt: Attempt) -> float | None:
    return None if isinstance(attempt.evaluation, Failed) else attempt.gain


def _distribution(part: Real | Whole | Choice) -> Any:
    from optuna import distributions

    match part:
        case Real(low, high, log):
            return distributions.FloatDistribution(low, high, log=log)
        case Whole(low, high, log):
            return distributions.IntDistribution(low, high, log=log)
        case Choice(values):
            return distributions.CategoricalDistribution(values)


def _rounded(value: Any) -> Any:
    return float(f"{value:.4g}") if isinstance(value, float) else value


def _parameters(source: str) -> dict[str, Any]:
    """Read the PARAMS of a ``hyperparameters`` block where they are plain values; {} where they are computed."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == "PARAMS" for t in node.targets):
            try:
                found = ast.literal_eval(node.value)
            except ValueError:
                return {}
            return found if isinstance(found, dict) else {}
    return {}
