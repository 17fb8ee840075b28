"""Feature techniques: which of them apply to a task, and on which of its columns."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, combinations_with_replacement
from typing import Any

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.knowledge.names import Pattern, date_parts, free_naming
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.problems.registry import problem_of

_MAX_NUMBERS, _MAX_GROUPS, _MAX_CROSSES = 8, 3, 6
_MAX_FACTORS, _MAX_MEANS, _MAX_DATES = 3, 3, 3
_FEWEST, _MOST = 2, 50  # values of a category that others are grouped or crossed by
_CODES = 12  # whole numbers with at most so many values may be codes
_COMMON, _MANY_VALUES = 5, 30
_FEW_TO_SELECT = 5  # with fewer columns there is nothing to select
_PERIODS = {"hour": 24, "hr": 24, "weekday": 7, "month": 12, "mnth": 12}


@dataclass(frozen=True)
class Technique:
    """A technique of the ``features`` block.

    Parameters
    ----------
    name : str
        In words, such as "group means".
    definition : str
        Source of one function or class.
    expression : str
        Makes the transformer from it.
    """

    name: str
    definition: str
    expression: str


@dataclass(frozen=True)
class _Kind:
    """How a technique is made: its template, the expression, the template's values, and the columns that it adds.

    The values are None where the technique does not apply.
    """

    template: str
    expression: str
    values: Callable[[Task], Mapping[str, Any] | None]
    adds: Callable[[Mapping[str, Any]], Sequence[Pattern]]


def feature_techniques(task: Task, also_taken: Collection[str] = ()) -> dict[str, Technique]:
    """Feature techniques that apply to a task, by name: the cheap and likely ones first.

    The columns that they add have names of their own: neither the table's, nor those of dates' parts, nor each other's.

    Parameters
    ----------
    task : Task
    also_taken : collection of str
        Names that other blocks may have given to columns.
    """
    dates = [name for parts in date_parts(task).values() for name in parts.values()]
    taken = {*(c.name for c in task.columns), *dates, *also_taken}
    found = {}
    for name, kind in _KINDS.items():
        values = kind.values(task)
        if values is not None:
            patterns = kind.adds(values)
            naming = free_naming(patterns, taken)
            taken.update(naming.names(patterns))
            found[name] = Technique(name, render(kind.template, naming=naming, **values), kind.expression)
    return found


def technique_name(expression: str) -> str | None:
    """Name the technique that an expression makes; None for one that is not ours.

    >>> technique_name("GroupMeans()")
    'group means'
    """
    return next((name for name, kind in _KINDS.items() if kind.expression == expression), None)


# --- columns that a technique works on ----------------------------------------------------------------------------


def _ratios(task: Task) -> Mapping[str, Any] | None:
    numbers = _amounts(task)
    return {"amounts": numbers} if len(numbers) > 1 else None


def _group_means(task: Task) -> Mapping[str, Any] | None:
    numbers, groups = _amounts(task), _groups(task)
    return {"groups": groups[-_MAX_GROUPS:], "numbers": numbers[:2]} if numbers and groups else None


def _target_means(task: Task) -> Mapping[str, Any] | None:
    """Categories of several values, pairs of the smaller ones, and hours of the week."""
    several = [c for c in task.columns if c.role == "categorical" and c.n_unique > _COMMON and c.name != task.group]
    keys = [(c.name,) for c in sorted(several, key=lambda c: -c.n_unique)[:_MAX_MEANS]]
    pairs = _pairs(task)[:_MAX_MEANS]
    hours = [(parts["weekday"], parts["hour"]) for parts in _dates(task).values()]
    if not (keys or pairs or hours):
        return None
    return {
        "keys": [*keys, *pairs, *hours],
        "is_regression": not problem_of(task).has_labels,
        "n_classes": len(task.classes),
        "in_time": task.time,
    }


def _date_differences(task: Task) -> Mapping[str, Any] | None:
    dates = {name: parts["days"] for name, parts in _dates(task).items()}
    return {"pairs": list(combinations(dates, 2)), "days": dates} if len(dates) > 1 else None


def _text_counts(task: Task) -> Mapping[str, Any] | None:
    texts = task.names("text")
    return {"texts": texts} if texts else None


def _crosses(task: Task) -> Mapping[str, Any] | None:
    pairs = _pairs(task)
    return {"pairs": pairs} if pairs else None


def _frequencies(task: Task) -> Mapping[str, Any] | None:
    many = [c.name for c in task.columns if c.role == "categorical" and c.n_unique > _COMMON and c.name != task.group]
    return {"columns": many} if many else None


def _calendar(task: Task) -> Mapping[str, Any] | None:
    dates = {name: parts["days"] for name, parts in _dates(task).items()}
    return {"dates": dates, "is_usual": all(days == f"{d}_days" for d, days in dates.items())} if dates else None


def _polynomials(task: Task) -> Mapping[str, Any] | None:
    numbers = _amounts(task, _MAX_FACTORS)
    return {"amounts": numbers} if numbers else None


def _missing_count(task: Task) -> Mapping[str, Any] | None:
    return {} if any(c.missing > 0 for c in task.columns) else None


def _cycles(task: Task) -> Mapping[str, Any] | None:
    found = [
        (parts[part], period)
        for parts in date_parts(task).values()
        for part, period in (("hour", 24), ("weekday", 7), ("month", 12))
    ]
    named = [
        (c.name, _PERIODS[c.name.lower()]) for c in task.columns if c.role == "numeric" and c.name.lower() in _PERIODS
    ]
    return {"cycles": [*found, *named]} if found or named else None


def _clusters(task: Task) -> Mapping[str, Any] | None:
    numbers = _amounts(task)
    return {"amounts": numbers} if len(numbers) > 1 else None


def _components(task: Task) -> Mapping[str, Any] | None:
    return {} if len(_amounts(task)) > 2 else None


def _selection(task: Task) -> Mapping[str, Any] | None:
    """Columns that other blocks name stay: texts, categories of many values, what the time became."""
    if len(task.columns) < _FEW_TO_SELECT:
        return None
    high = [c for c in task.columns if c.role == "categorical" and c.n_unique > _MANY_VALUES and c.name != task.group]
    kept = [*task.names("text"), *(c.name for c in high)]
    time = next((c for c in task.columns if c.name == task.time), None)
    if time is not None:
        kept += list(date_parts(task).get(time.name, {}).values()) or [time.name]
    return {"kept": kept, "is_classification": problem_of(task).has_labels}


def _amounts(task: Task, most: int = _MAX_NUMBERS) -> list[str]:
    """The numeric columns with the most distinct values: amounts rather than codes."""
    numeric = [
        c for c in task.columns if c.role == "numeric" and c.n_unique > _CODES and c.name not in (task.group, task.time)
    ]
    chosen = sorted(numeric, key=lambda c: -c.n_unique)[:most]
    return [c.name for c in task.columns if c in chosen]


def _groups(task: Task) -> list[str]:
    return [c.name for c in task.columns if _is_group(c) and c.name != task.group]


def _is_group(column: Column) -> bool:
    return column.role == "categorical" and _FEWEST <= column.n_unique <= _MOST


def _pairs(task: Task) -> list[tuple[str, str]]:
    """Pairs of the categories with the most values that are still groups."""
    groups = _groups(task)
    largest = sorted(groups, key=lambda g: -next(c.n_unique for c in task.columns if c.name == g))[:4]
    return list(combinations(sorted(largest), 2))[:_MAX_CROSSES]


def _dates(task: Task) -> dict[str, dict[str, str]]:
    return dict(list(date_parts(task).items())[:_MAX_DATES])


# --- columns that a technique adds --------------------------------------------------------------------------------


def _target_mean_patterns(values: Mapping[str, Any]) -> list[Pattern]:
    """Three classes and more have a mean for each, which scikit-learn numbers."""
    n_classes = values["n_classes"]
    ends = [f"_{code}" for code in range(n_classes)] if n_classes > 2 else [""]
    return [Pattern(f"target mean by {joined(keys)}{end}", [keys]) for keys in values["keys"] for end in ends]


def joined(names: Sequence[str]) -> str:
    """Write the places of some names: what a combination of columns is called.

    >>> joined(["a", "b"])
    '{} x {}'
    """
    return " x ".join("{}" for _ in names)


def _singly(*texts: str, of: str) -> Callable[[Mapping[str, Any]], Sequence[Pattern]]:
    """Columns made of each name that a value of the template lists."""
    return lambda values: [Pattern(text, [(name,) for name in values[of]]) for text in texts]


def _in_pairs(*texts: str) -> Callable[[Mapping[str, Any]], Sequence[Pattern]]:
    """Columns made of each pair that the template lists."""
    return lambda values: [Pattern(text, values["pairs"]) for text in texts]


def _always(*texts: str) -> Callable[[Mapping[str, Any]], Sequence[Pattern]]:
    """Columns that have their names whatever the table holds."""
    return lambda _: [Pattern(text) for text in texts]


_KINDS: Mapping[str, _Kind] = {
    "ratios": _Kind(
        "features_ratios",
        "FunctionTransformer(add_ratios)",
        _ratios,
        lambda v: [Pattern(t, list(combinations(v["amounts"], 2))) for t in ("{} per {}", "{} minus {}")],
    ),
    "group means": _Kind(
        "features_group_means",
        "GroupMeans()",
        _group_means,
        lambda v: [
            Pattern(text, [(number, group) for group in v["groups"] for number in v["numbers"]])
            for text in ("{} mean by {}", "{} from its {} mean")
        ],
    ),
    "target means": _Kind("features_target_means", "TargetMeans()", _target_means, _target_mean_patterns),
    "date differences": _Kind(
        "features_date_differences",
        "FunctionTransformer(add_date_differences)",
        _date_differences,
        _in_pairs("{} to {} days"),
    ),
    "text counts": _Kind(
        "features_text_counts",
        "FunctionTransformer(add_text_counts)",
        _text_counts,
        _singly("{} length", "{} words", "{} digits", "{} capitals", "{} marks", of="texts"),
    ),
    "crosses": _Kind("features_crosses", "FunctionTransformer(add_crosses)", _crosses, _in_pairs("{} x {}")),
    "frequencies": _Kind("features_frequency", "Frequencies()", _frequencies, _singly("{} frequency", of="columns")),
    "calendar": _Kind(
        "features_calendar",
        "FunctionTransformer(add_calendar)",
        _calendar,
        _singly("{} is weekend", "{} monthday", "{} days to month end", of="dates"),
    ),
    "polynomials": _Kind(
        "features_polynomials",
        "FunctionTransformer(add_polynomials)",
        _polynomials,
        lambda v: [Pattern("{} times {}", list(combinations_with_replacement(v["amounts"], 2)))],
    ),
    "missing count": _Kind(
        "features_missing_count",
        "FunctionTransformer(add_missing_count)",
        _missing_count,
        _always("missing_values"),
    ),
    "cycles": _Kind(
        "features_cyclic",
        "FunctionTransformer(add_cycles)",
        _cycles,
        lambda v: [Pattern(text, [(column,) for column, _ in v["cycles"]]) for text in ("{} sin", "{} cos")],
    ),
    "clusters": _Kind(
        "features_clusters",
        "Clusters()",
        _clusters,
        _always("cluster", *(f"distance to cluster {k}" for k in range(6))),
    ),
    "components": _Kind(
        "features_components", "Components()", _components, _always(*(f"component {k}" for k in range(1, 6)))
    ),
    "selection": _Kind("features_selection", "Selection()", _selection, _always("random numbers")),
}
"""By name, in the order of proposals; a selection comes last, as the others need the columns that it drops."""
