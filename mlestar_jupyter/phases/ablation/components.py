"""Components of a solution that an ablation replaces: blocks, steps of a block, and the seed as a measure of noise."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.repairing import check_leakage
from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS
from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.seeds import child_seed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.errors import MLEStarError, unknown
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.planners.base import Proposal

Kind = Literal["block", "step", "alternative", "variant", "seed", "pair"]
_SEEDED_BLOCKS = ("features", "preprocessing", "model")
_SEED = re.compile(r"\b(random_state|random_seed|seed)=(\d+)\b")
_SEEDS = re.compile(r"\bfor seed in range\((\d+)\)")
RESEEDED = 2
MOST_VARIANTS = 3
"""Of the model's, in one ablation: two or three parts, as in the paper's prompt (arXiv 2506.15692)."""


@dataclass(frozen=True, eq=False)
class Component:
    """A part of the solution with what stands in its place.

    Parameters
    ----------
    name : str
        As shown: "model", "features: ratios", "model instead: xgboost".
    kind : {"block", "step", "alternative", "variant", "seed", "pair"}
        An alternative is a recipe's, a variant the model's.
    blocks : tuple of str
        The blocks that are changed.
    solution : Solution
        With the replacement.
    reason : str
    author : {"planner", "model"}
    fault : str
        Why it cannot be measured; empty where it can.
    """

    name: str
    kind: Kind
    blocks: tuple[str, ...]
    solution: Solution
    reason: str
    author: Author = "planner"
    fault: str = ""


def blocks_to_replace(solution: Solution, settings: AblationSettings) -> list[str]:
    """Blocks of the pipeline that the settings name and the solution has.

    Raises
    ------
    SettingError
        When a block is not known.
    """
    for name in settings.blocks:
        if name not in BLOCKS:
            raise unknown("block", name, BLOCKS)
    return [b for b in settings.blocks if b in solution.blocks and b != "validation"]


def recipe_components(
    context: Context, solution: Solution, names: Sequence[str], settings: AblationSettings
) -> list[Component]:
    """What is replaced without a chat model, in the order in which a short time is spent."""
    found = replaced_blocks(context, solution, names)
    if settings.steps:
        found += removed_steps(context, solution, names)
    if settings.noise_floor:
        found += reseeded(solution, context.seed)
    if settings.alternatives:
        found += alternatives(context, solution, names)
    return found


def distinct(components: Sequence[Component]) -> list[Component]:
    """Those with solutions that differ: the first of equals counts."""
    first = {c.solution.id: c for c in reversed(components)}
    return [c for c in components if first[c.solution.id] is c]


def replaced_blocks(context: Context, solution: Solution, names: Sequence[str]) -> list[Component]:
    """Each block in its neutral form; those that are neutral already are left out."""
    found = []
    for name in names:
        other = solution.with_block(name, context.planner.neutral(context.dataset.task, solution, name))
        if other.id != solution.id:
            found.append(Component(name, "block", (name,), other, f"{name} replaced by its neutral form"))
    return found


def removed_steps(context: Context, solution: Solution, names: Sequence[str]) -> list[Component]:
    """The features without one of their techniques, where the block names them."""
    if "features" not in names:
        return []
    return [
        Component(
            f"features: {step}", "step", ("features",), solution.with_block("features", source), f"without {step}"
        )
        for step, source in context.planner.steps(context.dataset.task, solution)
    ]


def alternatives(context: Context, solution: Solution, names: Sequence[str]) -> list[Component]:
    """The first variant of each block that a refinement would try: measured here, it is not fitted again there."""
    found = []
    for name in names:
        proposal = context.planner.refine(context.dataset.task, solution, name, [], "")
        if proposal is None:
            continue
        try:
            other = solution.with_block(name, proposal.source)
        except MLEStarError:
            continue  # the refinement says why it cannot be tried
        label = f"{name}: {proposal.label.removesuffix(' instead')} instead"
        found.append(Component(label, "alternative", (name,), other, proposal.reason))
    return found


def reseeded(solution: Solution, seed: int) -> list[Component]:
    """The same solution under other seeds: what differs is noise. Empty where nothing is drawn at random."""
    found = []
    for number in range(1, RESEEDED + 1):
        drawn = child_seed(seed, "noise floor", number) % 10_000
        other = solution
        for name in _SEEDED_BLOCKS:
            other = other.with_block(name, _with_seed(other.blocks[name], drawn))
        if other.id != solution.id:
            found.append(Component(f"seed {drawn}", "seed", (), other, "the same solution under another seed"))
    return found


def _with_seed(source: str, drawn: int) -> str:
    """Write another seed where one is written; several are counted on from it."""
    fixed = _SEED.sub(rf"\g<1>={drawn}", source)
    return _SEEDS.sub(lambda found: f"for seed in range({drawn}, {drawn + int(found[1])})", fixed)


def pairs(solution: Solution, components: Sequence[Component]) -> list[Component]:
    """Two blocks replaced at once, for each two of the components."""
    found = []
    for first, second in combinations(components, 2):
        (name,) = second.blocks
        other = first.solution.with_block(name, second.solution.blocks[name])
        title = f"{first.name} and {second.name}"
        found.append(Component(title, "pair", (*first.blocks, name), other, "both replaced: do they need each other?"))
    return [pair for pair in found if pair.solution.id != solution.id]


def model_variants(
    context: Context, solution: Solution, names: Sequence[str], summaries: Sequence[str]
) -> list[Component]:
    """Changes of single blocks by which the model wants to see what a part is worth, checked for leakage.

    Parameters
    ----------
    names : sequence of str
        Blocks that may be changed.
    summaries : sequence of str
        Of earlier ablations: it should look at other parts.
    """
    asked = context.planner.ablate(context.dataset.task, solution, summaries)
    wanted = [p for p in asked if p.block in names and p.block in PIPELINE_BLOCKS][:MOST_VARIANTS]
    titles = Counter[str]()
    found = []
    for proposal in wanted:
        titles[f"{proposal.block}: {proposal.label}"] += 1
        component = _model_variant(context, solution, proposal, titles[f"{proposal.block}: {proposal.label}"])
        if component.solution.id != solution.id:
            found.append(component)
    return found


def _model_variant(context: Context, solution: Solution, proposal: Proposal, number: int) -> Component:
    """The component, with its fault where the source is no block or leaks beyond repair."""
    name = f"{proposal.block}: {proposal.label} (the model's{f' {number}' if number > 1 else ''})"
    block, source, reason = proposal.block, proposal.source, proposal.reason
    try:
        changed = solution.with_block(block, source)
    except MLEStarError as error:
        other = Solution.of({**solution.blocks, block: f"# mlestar: {block}\n{source}"}, solution.members)
        return Component(name, "variant", (block,), other, reason, "model", str(error))
    candidate = context.candidate(changed, name, reason, "ablation", parent=solution, block=block, author="model")
    checked = check_leakage(context, candidate)
    if isinstance(checked, Failed):
        return Component(name, "variant", (block,), changed, reason, "model", checked.reason)
    return Component(name, "variant", (block,), checked.solution, checked.reason, "model")
