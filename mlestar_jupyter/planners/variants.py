"""Variants of a block from the recipes, the cheap and likely ones first."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.families.recognition import recognise
from mlestar_jupyter.families.registry import families
from mlestar_jupyter.knowledge import recipes
from mlestar_jupyter.knowledge.approach import load_approaches
from mlestar_jupyter.knowledge.ranking import RARE
from mlestar_jupyter.modalities.names import written_names
from mlestar_jupyter.planners.base import Attempt

Variant = tuple[str, str, str]
"""Label, source and reason."""

_BEFORE_COMBINING = 4  # techniques tried by themselves before the best two of them are tried together
_FEW_ROWS, _NEIGHBOUR_ROWS, _REGRESSED = 2_000, 5_000, 50
_SEVERAL, _HALF = 5, 0.5
_GROWS = "OverGrowth"  # the class of our recipes that follows a line in time
PREPROCESSING_REASONS = {
    "trees": "codes for categories, numbers as they are",
    "native": "categories that the model knows as such",
    "target encoding": "categories by the mean target of their rows, cross-fitted",
    "rare categories": "categories of few rows together: too few to learn from each",
    "missing indicators": "medians in place of missing values, and columns that say where they were",
    "linear": "one column a category, scaled numbers",
    "robust": "scaling that outliers do not move",
    "quantile": "numbers on a normal scale",
    "power": "numbers near a normal distribution, by a power",
    "clipped": "outliers cut off at quantiles",
    "nearest imputation": "missing values filled from the most similar rows",
    "iterative imputation": "missing values predicted from the other numbers",
}


def variants(task: Task, solution: Solution, block: str, attempts: Sequence[Attempt]) -> list[Variant]:
    """Variants of a block, in the order in which to try them; the present source may be among them."""
    match block:
        case "features":
            return _feature_variants(task, solution, attempts)
        case "preprocessing":
            return [(k, recipes.preprocessing(task, k), PREPROCESSING_REASONS[k]) for k in _kinds(task, solution)]
        case "model":
            return _model_variants(task, solution)
        case "cleaning":
            source = recipes.cleaning(task, codes=True)
            return [("codes as categories", source, "whole numbers with few values may be codes rather than amounts")]
    return []


# --- features -----------------------------------------------------------------------------------------------------


def _feature_variants(task: Task, solution: Solution, attempts: Sequence[Attempt]) -> list[Variant]:
    """Each technique on top of those that the block has; now and then the two together that gained most so far."""
    block = solution.blocks["features"]
    known = recipes.feature_techniques(task, written_names(solution.blocks["cleaning"]) | written_names(block))
    techniques = {name: t for name, t in known.items() if f"{t.definition.partition('(')[0]}(" not in block}
    build = _builder(block)
    if build is None:
        return []
    found = [(name, build([t]), t.reason) for name, t in techniques.items()]
    tried = [a for a in attempts if a.proposal.label in techniques]
    helped = sorted((a for a in tried if (a.gain or 0) > 0), key=lambda a: -(a.gain or 0))
    best = [a.proposal.label for a in helped[:2]]
    if best[1:] and (len(tried) % _BEFORE_COMBINING == 0 or len(tried) == len(found)):
        source = build([techniques[name] for name in best])
        found.insert(0, (" + ".join(best), source, "the two techniques that gained most, together"))
    return found


def _builder(block: str) -> Callable[[Sequence[recipes.Technique]], str] | None:
    """How to add techniques to a block: written anew when it is all ours, and else behind what a human wrote.

    A selection stays the last step: others need the columns that it drops. None where nothing may come behind it.
    """
    present = recipes.written_techniques(block)
    if present or with_marker("features", recipes.features_none()) == block:
        return lambda new: recipes.features(sorted([*present, *new], key=lambda t: t.name == "selection"))
    if "class Selection(" in block:
        return None
    return lambda new: recipes.features_behind(block, sorted(new, key=lambda t: t.name == "selection"))


# --- preprocessing ------------------------------------------------------------------------------------------------


def _kinds(task: Task, solution: Solution) -> list[str]:
    """Kinds of preprocessing that suit the model and the columns."""
    model = recognise(solution.blocks["model"])
    if _GROWS in model.classes:
        return []  # it needs the time by its name, which only its own preprocessing keeps
    categories = [c for c in task.columns if c.role == "categorical" and c.name != task.group]
    has_gaps = any(c.role == "numeric" and (c.missing > 0 or c.sentinels) for c in task.columns)
    has_several = any(c.n_unique > _SEVERAL for c in categories)
    if model.takes_gaps:
        suits = {
            "native": all(family.takes_categories for family in model.families),
            "target encoding": bool(categories) and not recipes.encodings(task),
            "rare categories": has_several,
            "missing indicators": has_gaps,
            "linear": True,
            "trees": True,
        }
    else:
        suits = {
            "quantile": True,
            "target encoding": bool(categories) and not recipes.encodings(task),
            "power": True,
            "clipped": True,
            "nearest imputation": has_gaps and task.n_compared <= _NEIGHBOUR_ROWS,
            "robust": True,
            "iterative imputation": has_gaps and len(task.names("numeric")) <= _REGRESSED,
            "linear": True,
        }
    return [kind for kind, is_suited in suits.items() if is_suited]


# --- model --------------------------------------------------------------------------------------------------------


def _model_variants(task: Task, solution: Solution) -> list[Variant]:
    """Variants around the present model that keep its parameters, and other families in its place."""
    source = solution.blocks["model"]
    for_rare = [
        ("class weights", recipes.balanced(task, source), "rows of rare classes count as much as the others"),
        ("under-sampled", recipes.under_sampled(task, source), "classes in balance, averaged over draws"),
    ]
    swaps = _swaps(task, source)
    found: list[tuple[str, str | None, str]] = [
        *(for_rare if _is_rare(task) and not task.metric.needs_probabilities else []),
        *recipes.replacements(task, source),
        ("log target", recipes.on_log_target(task, source), "errors that grow with the value"),
        ("three seeds", recipes.averaged_over_seeds(task, source), "averaging over seeds lowers the variance"),
        *swaps[:2],
        ("calibrated", recipes.calibrated_inside(task, source), "adjusted probabilities, and five models averaged"),
        *swaps[2:],
    ]
    if _is_small_and_numeric(task):
        found.append(("jittered copies", recipes.jittered(task, source), "noise smooths what few rows teach"))
    if _is_rare(task) and task.metric.name.startswith(("roc_auc", "average_precision")):
        found += for_rare  # a ranking hardly changes; probabilities would be distorted
    return [(label, text, reason) for label, text, reason in found if text is not None]


def _is_rare(task: Task) -> bool:
    return task.rarest_class < RARE  # 1 where the target is no class


def _is_small_and_numeric(task: Task) -> bool:
    share = len(task.names("numeric")) / max(1, len(task.columns))
    return task.n_compared < _FEW_ROWS and share >= _HALF and not recipes.encodings(task)


def _swaps(task: Task, source: str) -> list[tuple[str, str | None, str]]:
    """Other families in place of the model, the features kept: forests for forests, and else boosted trees."""
    cards, model = {a.id: a for a in load_approaches()}, recognise(source)
    peers = "forest" if any(family.peers == "forest" for family in model.families) else "boosting"
    others = [
        family
        for family in families().values()
        if family.peers == peers
        and family not in model.families
        and family.takes_size(task.n_compared, len(task.columns))
    ]
    swaps = [family.growth_swap if _GROWS in model.classes else family.swap for family in others]
    fitting = [cards[i] for i in swaps if i and cards[i].suits(task.problem)]
    usable = [card for card in fitting if all(map(installed, card.requires))]
    return [
        (f"{a.title} instead", recipes.replaced_by(task, a.recipe), f"another family on the same columns: {a.summary}")
        for a in usable
    ]
