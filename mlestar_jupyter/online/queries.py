"""Queries from a task: what kind of problem, how much data, and what it is about. Never a value of the table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.modalities.registry import input_columns
from mlestar_jupyter.online.base import Query, Reference
from mlestar_jupyter.online.methods import leading_methods
from mlestar_jupyter.online.text import split_name
from mlestar_jupyter.online.vocabulary import vocabulary

_SMALL, _LARGE = 10_000, 100_000
_RARE, _WIDE = 0.2, 1000
_DOMAIN_WORDS, _NOTE_WORDS = 4, 4
_METHODS_A_ROUND = 2
_SHORTEST, _LONGEST = 3, 20
_LONGEST_NAME = 40
_NEGATIONS = frozenset({"no", "not", "without", "avoid", "never", "except", "dont"})


def first_queries(task: Task, notes: str, *, share_words: bool = True) -> list[Query]:
    """Build the queries of the first round.

    Parameters
    ----------
    task : Task
    notes : str
    share_words : bool
        Whether words of the target's and the columns' names and of the notes may be in them.
    """
    problem = problem_words(task)
    domain = domain_words(task, notes) if share_words else ()
    queries = [
        Query(("tabular", *problem, "benchmark", "gradient", "boosting", "neural", "networks")),
        Query(("tabular", *problem, *_traits(task), "feature", "engineering")),
    ]
    if domain:
        queries.insert(0, Query((domain[0], "prediction", "machine", "learning", *domain[1:], *problem), domain))
    return queries


def later_queries(
    task: Task, notes: str, found: Sequence[Reference], asked: Sequence[str], *, share_words: bool = True
) -> list[Query]:
    """Build the queries of a later round: the methods that references speak of most, and nobody was asked about."""
    known = " ".join(asked).lower()
    domain = domain_words(task, notes)[:1] if share_words else ()
    methods = [m for m in leading_methods(r for r in found if not r.contaminated) if m not in known]
    return [
        Query((*method.split(), "tabular", *problem_words(task), *domain), domain, (method.split()[0],))
        for method in methods[:_METHODS_A_ROUND]
    ]


def problem_words(task: Task) -> tuple[str, ...]:
    """Name the kind of problem."""
    if task.time is not None:
        return ("time", "series", "regression" if task.problem == "regression" else "classification")
    return {"binary": ("binary", "classification"), "multiclass": ("multiclass", "classification")}.get(
        task.problem, ("regression",)
    )


def _traits(task: Task) -> tuple[str, ...]:
    """What makes the table hard, and in which class of size it is."""
    size = "small" if task.n_development < _SMALL else "large" if task.n_development >= _LARGE else "medium"
    traits = ["imbalanced"] if task.rarest_class < _RARE else []
    traits += ["high-dimensional"] if len(task.columns) > _WIDE else []
    return (*traits, size, "data")


def domain_words(task: Task, notes: str) -> tuple[str, ...]:
    """Say what the table is about: words of the target, the notes, and those that several columns share."""
    counts = Counter[str]()
    for name in _plain_names(task):
        counts.update(dict.fromkeys(_content(split_name(name)), 1))
    shared = sorted(counts, key=lambda word: -counts[word])  # equal counts stay in the table's order
    found = dict.fromkeys([*_content(split_name(task.target)), *_note_words(notes), *shared])
    return tuple(found)[:_DOMAIN_WORDS]


def _plain_names(task: Task) -> list[str]:
    """Names that are words: long ones, addresses and those with many digits may be values that became columns."""
    names = [column.name for column in input_columns(task)]
    return [n for n in names if len(n) <= _LONGEST_NAME and "@" not in n and len(re.findall(r"\d", n)) <= _SHORTEST]


def _note_words(notes: str) -> list[str]:
    """Words of the notes that are wanted: what follows a "no" or "without" is not, up to the next stop."""
    wanted: list[str] = []
    for clause in re.split(r"[.;,:\n]|\bbut\b", re.sub(r"n['’]t\b", " not", notes.lower())):
        for word in re.findall(r"[^\W\d_]+", clause):
            if word in _NEGATIONS:
                break
            wanted.append(word)
    return _content(wanted)[:_NOTE_WORDS]


def _content(words: Iterable[str]) -> list[str]:
    """Words that say something."""
    stop = vocabulary("column_words") | vocabulary("note_words")
    fitting = (w for w in words if _SHORTEST <= len(w) <= _LONGEST and w.isalpha() and w not in stop)
    return list(dict.fromkeys(fitting))
