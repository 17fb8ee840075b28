"""Variants of a block from recipes: what a data scientist would try next, the likeliest to help first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.knowledge import features, models, recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.knowledge.features import Technique
from mlestar_jupyter.planners.base import Attempt

Variant = tuple[str, str, str]
"""Label, source, reason."""
_SWAPPED = {"catboost": "CatBoost", "lightgbm": "LGBM", "xgboost": "XGB"}
"""Cards of strong models that are tried in place of another one, with what a block of theirs names."""
_SMALL = 3_000


def variants(task: Task, solution: Solution, block: str, attempts: Sequence[Attempt]) -> list[Variant]:
    """List the variants of a block; the planner takes the first that was not tried."""
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


def _feature_variants(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> list[Variant]:
    """Each technique on top of those that the block has, then the two together that gained most."""
    known = features.techniques(task)
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
        "products": "bends, and effects that grow with each other",
        "date parts": "weekends, and the time between dates",
        "text sizes": "how much somebody wrote",
        "clusters": "kinds of rows, whatever the target",
        "components": "few directions for amounts that go together",
        "selection": "columns that say no more than shuffled ones only add noise",
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


def _builder(block: str, present: Sequence[Technique]) -> Callable[[Sequence[Technique]], str]:
    """How to add techniques to a block: written anew when it is all ours, and else behind what a human wrote."""
    if with_marker("features", features.block(present)) == block:
        return lambda new: features.block([*present, *new])
    return lambda new: features.behind(block, new)


def _preprocessing_variants(task: Task, solution: Solution) -> list[Variant]:
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
        "power": "numbers nearer to a normal scale, by a power of each",
        "neighbours": "gaps filled from similar rows",
        "rare": "one code for all rare categories",
        "clipped": "outliers pulled in",
    }
    usual: tuple[str, ...] = ("quantile", "robust", "power", "target encoding", "neighbours", "linear")
    if takes_gaps:
        usual = ("target encoding", "linear", "rare", "clipped", "trees")
    if "CatBoost" in solution.blocks["model"]:
        usual = ("native", *usual)
    if task.names("text"):
        usual = tuple(k for k in usual if k not in ("target encoding", "rare", "clipped"))
    return [(kind, recipes.preprocessing(task, kind), reasons[kind]) for kind in usual]


def _model_variants(task: Task, solution: Solution) -> list[Variant]:
    """Other families, then variants around the present model that keep its parameters."""
    source, found = solution.blocks["model"], list[Variant]()
    for card in load_approaches():
        if card.id in _SWAPPED and _SWAPPED[card.id] not in source and all(map(installed, card.requires)):
            label, reason = card.title, f"another kind: {card.summary}"
            found.append((label, models.instead(task, card.recipe), reason))
    return [*found, *_around(task, source)]


def _around(task: Task, source: str) -> list[Variant]:
    """The present model, averaged, calibrated, on another target, with weights, drawn rows or noise."""
    renamed = source.replace("def make_model(", "def make_one(", 1)
    if renamed == source or "def make_one(" in source:
        return []
    renamed = renamed.split("\n", 1)[1].strip("\n")
    found: list[Variant] = []
    if "random_state=0" in renamed:
        found.append(("three seeds", models.averaged(task, renamed), "averaging over seeds lowers the variance"))
    if task.is_classification:
        found.append(("calibrated", models.calibrated(renamed), "adjusted probabilities, and five models averaged"))
        if any("rare" in n.lower() or "imbalance" in n.lower() for n in task.notices):
            if "StopsEarly" not in source:
                found.append(("class weights", models.wrapped(task, renamed, "weights"), "each class counts the same"))
            found.append(("even classes", models.wrapped(task, renamed, "resampling"), "as many rows of each class"))
    else:
        found.append(("log target", models.on_logarithm(renamed), "errors that grow with the value"))
    if task.n_compared < _SMALL and not any(name in source for name in ("CatBoost", "OverGrowth")):
        found.append(("jitter", models.wrapped(task, renamed, "noise"), "a small table is learned less by heart"))
    return found
