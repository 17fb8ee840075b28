"""Feature techniques: which of them apply to a task, and on which of its columns.

Each modality brings its own; here are those that work on all columns.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.preprocessing import encodings
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.modalities.category import many_valued
from mlestar_jupyter.modalities.date import date_parts
from mlestar_jupyter.modalities.names import free_naming
from mlestar_jupyter.modalities.registry import modalities
from mlestar_jupyter.modalities.techniques import Technique, TechniqueKind, Values, always
from mlestar_jupyter.problems.registry import problem_of

_FEW_TO_SELECT = 5  # with fewer columns there is nothing to select


def feature_techniques(task: Task, also_taken: Collection[str] = ()) -> dict[str, Technique]:
    """Feature techniques that apply to a task, by name: the cheap and likely ones first.

    The columns that they add have names of their own: neither the table's, nor those of the cleaning block, nor each
    other's.

    Parameters
    ----------
    task : Task
    also_taken : collection of str
        Names that other blocks may have given to columns.
    """
    made = [name for modality in modalities().values() for name in modality.made(task)]
    taken = {*(c.name for c in task.columns), *made, *also_taken}
    found = {}
    for name, kind in _kinds().items():
        values = kind.values(task)
        if values is not None:
            patterns = kind.adds(values)
            naming = free_naming(patterns, taken)
            taken.update(naming.names(patterns))
            found[name] = kind.made(name, naming, values)
    return found


def technique_name(expression: str) -> str | None:
    """Name the technique that an expression makes; None for one that is not ours.

    >>> technique_name("GroupMeans()")
    'group means'
    """
    return next((name for name, kind in _kinds().items() if kind.expression == expression), None)


def _kinds() -> dict[str, TechniqueKind]:
    """All techniques by name, in the order of proposals."""
    own = {name: kind for modality in modalities().values() for name, kind in modality.techniques().items()}
    return dict(sorted((own | _OF_ALL_COLUMNS).items(), key=lambda item: item[1].place))


def _missing_count(task: Task) -> Values | None:
    return {} if any(c.missing > 0 for c in task.columns) else None


def _selection(task: Task) -> Values | None:
    """Columns that other blocks name stay: texts, categories of many values, what the time became."""
    if len(task.columns) < _FEW_TO_SELECT:
        return None
    kept = [name for encoding in encodings(task) for name in encoding.columns] + many_valued(task)
    time = next((c for c in task.columns if c.name == task.time), None)
    if time is not None:
        kept += list(date_parts(task).get(time.name, {}).values()) or [time.name]
    return {"kept": kept, "is_classification": problem_of(task).has_labels}


_OF_ALL_COLUMNS = {
    "missing count": TechniqueKind(
        100,
        "missing values may say something",
        partial(render, "features_missing_count"),
        "FunctionTransformer(add_missing_count)",
        _missing_count,
        always("missing_values"),
    ),
    "selection": TechniqueKind(
        1000,  # the last, as the others need the columns that it drops
        "columns that say nothing only add noise",
        partial(render, "features_selection"),
        "Selection()",
        _selection,
        always("random numbers"),
    ),
}
