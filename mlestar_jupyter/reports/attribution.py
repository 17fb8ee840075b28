"""Who gained what: the steps that led to the present solution, by author and phase.

A step is a candidate on the way from the first solution to the present one; its gain is over what it was made from, on
the same folds. What the recipes reach alone in the foundation is theirs: where a model wrote the first solution, only
what it has above the best of the recipes is the model's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from mlestar_jupyter.core.candidate import Author
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, scored
from mlestar_jupyter.core.journal import ReplyRecord
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.reports.calls import Spent

NAMES: dict[Author, str] = {"planner": "recipe", "model": "model", "human": "human"}
_COLUMNS = ["author", "phase", "attempts", "failed", "accepted", "gain"]


@dataclass(frozen=True)
class Step:
    """One accepted change; `gain` is None where the folds are not those of what it was made from."""

    author: Author
    phase: str
    label: str
    id: str
    gain: float | None


@dataclass(frozen=True, eq=False)
class Attribution:
    """Steps, attempts and what the chat model took."""

    steps: tuple[Step, ...]
    attempts: dict[tuple[Author, str], tuple[int, int]]
    spent: Spent
    metric: Metric

    @property
    def table(self) -> pd.DataFrame:
        """One row for each author and phase."""
        rows = []
        for (author, phase), (count, failed) in self.attempts.items():
            own = [s for s in self.steps if (s.author, s.phase) == (author, phase)]
            gains = [s.gain for s in own if s.gain is not None]
            rows.append((NAMES[author], phase, count, failed, len(own), sum(gains) if gains else None))
        return pd.DataFrame(rows, columns=_COLUMNS).astype({"gain": float})

    def view(self) -> View:
        """Sums by author in a sentence, and the table."""
        totals = {a: [s.gain or 0.0 for s in self.steps if s.author == a] for a in NAMES}
        parts = [
            f"{NAMES[a]} {number(sum(gains), signed=True)} in {counted(len(gains), 'step')}"
            for a, gains in totals.items()
            if gains
        ]
        sentence = f"{self.metric.label} gained: {', '.join(parts) or 'nothing yet'}."
        if self.spent.calls:
            sentence += f" The chat model took {self.spent.words}."
        text = "Accepted are the candidates on the way to the present solution; gains are over what each was made from."
        return View("Who gained what", sentence, (Section(text=text, table=self.table),))

    def to_dict(self) -> dict[str, object]:
        """Plain values for ``report.json``."""
        return {
            "steps": [
                {"author": NAMES[s.author], "phase": s.phase, "label": s.label, "id": s.id, "gain": s.gain}
                for s in self.steps
            ],
            "attempts": [
                {"author": NAMES[author], "phase": phase, "attempts": count, "failed": failed}
                for (author, phase), (count, failed) in self.attempts.items()
            ],
            "model": self.spent.to_dict(),
        }


def attribution(
    evaluations: Sequence[Evaluation],
    solution: Solution | None,
    baseline: Scored | None,
    metric: Metric,
    replies: Sequence[ReplyRecord],
) -> Attribution:
    """Take apart what led to a solution.

    Parameters
    ----------
    evaluations : sequence of Scored or Failed
        All of the run, in order.
    solution : Solution or None
        The present one.
    baseline : Scored or None
        The trivial one, over which the first solution gains.
    """
    steps = () if solution is None else tuple(_steps(evaluations, solution.id, baseline, metric))
    return Attribution(steps, _attempts(evaluations), Spent.of(replies), metric)


def _attempts(evaluations: Sequence[Evaluation]) -> dict[tuple[Author, str], tuple[int, int]]:
    """Candidates and failures by author and phase."""
    found: dict[tuple[Author, str], tuple[int, int]] = {}
    for evaluation in evaluations:
        key = (evaluation.candidate.author, evaluation.candidate.phase)
        count, failed = found.get(key, (0, 0))
        found[key] = count + 1, failed + isinstance(evaluation, Failed)
    return found


def _steps(evaluations: Sequence[Evaluation], last: str, baseline: Scored | None, metric: Metric) -> list[Step]:
    first: dict[str, Scored] = {}
    for evaluation in scored(evaluations):
        first.setdefault(evaluation.candidate.id, evaluation)
    steps: list[Step] = []
    seen: set[str] = set()
    current = first.get(last)
    while current is not None and current.candidate.id not in seen:
        seen.add(current.candidate.id)
        parent = first.get(current.candidate.parent or "")
        if parent is None or parent.candidate.id in seen:
            steps += _beginning(current, evaluations, baseline, metric)
            break
        steps.append(_step(current, parent, metric))
        current = parent
    return steps[::-1]


def _beginning(start: Scored, evaluations: Sequence[Evaluation], baseline: Scored | None, metric: Metric) -> list[Step]:
    """The first solution, the last step first: what recipes reach alone is taken from a model's."""
    if start.candidate.author != "model":
        return [_step(start, baseline, metric)]
    recipes = [e for e in scored(evaluations) if e.candidate.phase == "foundation" and e.candidate.author == "planner"]
    if not recipes:
        return [_step(start, baseline, metric)]
    best = max(recipes, key=lambda e: metric.gain(e.score, 0.0))
    return [_step(start, best, metric), _step(best, baseline, metric)]


def _step(new: Scored, old: Scored | None, metric: Metric) -> Step:
    c = new.candidate
    gain = metric.gain(new.score, old.score) if old is not None and _on_the_same_folds(new, old) else None
    return Step(c.author, c.phase, c.label, c.id, gain)


def _on_the_same_folds(new: Scored, old: Scored) -> bool:
    ours, theirs = new.candidate.solution.blocks, old.candidate.solution.blocks
    return len(new.fold_scores) == len(old.fold_scores) and ours["validation"] == theirs["validation"]
