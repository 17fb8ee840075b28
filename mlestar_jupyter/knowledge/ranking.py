"""Rank approaches for a task: by the stated rule of each card, and by the words of the user's notes."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.environment import installed
from mlestar_jupyter.knowledge.approach import Approach, RankedApproach, load_approaches
from mlestar_jupyter.knowledge.models import is_wide
from mlestar_jupyter.modalities.category import MANY_VALUES
from mlestar_jupyter.problems.registry import problem_of

RARE = 0.2  # a class of a smaller share is rare
_NOTE_POINTS = 5.0
_SMALL, _LARGE = 10_000, 50_000
_MOSTLY, _FEW_COLUMNS = 0.5, 10
_NEGATIONS = {"no", "not", "without", "avoid", "never", "except"}
_STOP = {
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "by",
    "for",
    "from",
    "in",
    "is",
    "it",
    "of",
    "on",
    "or",
    "the",
    "to",
    "with",
}


def _share(task: Task, role: str) -> float:
    return sum(c.role == role for c in task.columns) / max(1, len(task.columns))


CONDITIONS: Mapping[str, Callable[[Task], bool]] = {
    "small": lambda task: task.n_compared < _SMALL,
    "middle": lambda task: _SMALL <= task.n_compared < 2 * _LARGE,
    "large": lambda task: task.n_compared >= _LARGE,
    "few_columns": lambda task: len(task.columns) <= _FEW_COLUMNS,
    "wide": is_wide,
    "many_columns": lambda task: len(task.columns) > task.n_compared / 20,
    "categorical": lambda task: _share(task, "categorical") >= _MOSTLY,
    "numeric": lambda task: _share(task, "numeric") >= _MOSTLY,
    "mixed": lambda task: _share(task, "categorical") > 0 and _share(task, "numeric") > 0,
    "high_cardinality": lambda task: any(c.role == "categorical" and c.n_unique > MANY_VALUES for c in task.columns),
    "missing": lambda task: any(c.missing > 0 for c in task.columns),
    "dates": lambda task: any(c.role == "date" for c in task.columns),
    "text": lambda task: any(c.role == "text" for c in task.columns),
    "time": lambda task: task.time is not None,
    "group": lambda task: task.is_grouped,
    "imbalance": lambda task: task.rarest_class < RARE,
    "number": lambda task: not problem_of(task).has_labels,
}
"""What a card may ask of a task, by name."""


def rank(task: Task, notes: str, limit: int) -> list[RankedApproach]:
    """Rank the shipped approaches that fit a task, whose needs hold and whose packages are installed.

    Points: where the card starts, plus what its conditions add, plus up to 5 for the words of the notes (BM25),
    as much less where the notes speak against it. Equal points go by id.
    """
    fitting = [a for a in load_approaches() if _fits(task, a)]
    words = _note_points(notes, fitting)
    ranked = [_points(task, approach, words.get(approach.id, 0.0)) for approach in fitting]
    ranked.sort(key=lambda r: (-r.score, r.approach.id))
    return ranked[:limit]


def _fits(task: Task, approach: Approach) -> bool:
    holding = all(CONDITIONS[name](task) for name in approach.needs)
    suits = approach.suits(task.problem)
    return holding and suits and all(map(installed, approach.requires))


def _points(task: Task, approach: Approach, from_notes: float) -> RankedApproach:
    holding = [c for c in approach.when if CONDITIONS[c.condition](task)]
    reasons = [f"{c.reason} ({c.points:+g})" for c in holding]
    if from_notes:
        reasons.append(f"your notes ({from_notes:+.1f})")
    score = approach.points + sum(c.points for c in holding) + from_notes
    return RankedApproach(approach, score, (approach.fits.rstrip("."), *reasons))


def _note_points(notes: str, approaches: Sequence[Approach]) -> dict[str, float]:
    """Points from the notes: the wanted words minus the unwanted ones, the best match being worth 5."""
    wanted, unwanted = _split_wishes(notes)
    documents = {a.id: _tokens(" ".join([a.id, a.title, a.summary, *a.keywords, *a.keywords])) for a in approaches}
    plus, minus = _bm25(wanted, documents), _bm25(unwanted, documents)
    top = max([*plus.values(), *minus.values(), 0.0])
    if top == 0:
        return {}
    return {i: _NOTE_POINTS * (plus[i] - 2 * minus[i]) / top for i in documents if plus[i] or minus[i]}


def _split_wishes(notes: str) -> tuple[list[str], list[str]]:
    """Words that are wanted, and words that follow a "no" or "without" up to the next stop."""
    wanted: list[str] = []
    unwanted: list[str] = []
    for clause in re.split(r"[.;,\n]|\bbut\b", re.sub(r"n['’]t\b", " not", notes.lower())):
        against = False
        for word in re.findall(r"[a-z0-9_]+", clause):
            against = against or word in _NEGATIONS
            (unwanted if against else wanted).extend(_tokens(word))
    return wanted, unwanted


def _tokens(text: str) -> list[str]:
    words = re.findall(r"[a-z0-9]+", text.lower().replace("_", " "))
    return [w.removesuffix("s") for w in words if w not in _STOP and w not in _NEGATIONS]


def _bm25(
    query: Sequence[str], documents: Mapping[str, Sequence[str]], k: float = 1.5, b: float = 0.75
) -> dict[str, float]:
    """Score documents for a query (Robertson & Zaragoza, The Probabilistic Relevance Framework, 2009)."""
    mean_length = sum(map(len, documents.values())) / max(1, len(documents))
    containing = Counter(word for words in documents.values() for word in set(words))
    scores = {}
    for identifier, words in documents.items():
        counts, score = Counter(words), 0.0
        for word in set(query):
            if counts[word]:
                rarity = math.log(1 + (len(documents) - containing[word] + 0.5) / (containing[word] + 0.5))
                score += rarity * counts[word] * (k + 1) / (counts[word] + k * (1 - b + b * len(words) / mean_length))
        scores[identifier] = score
    return scores
