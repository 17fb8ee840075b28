"""The tree of candidates, and one of them: diff, reason, score with its interval, author, cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored, score_interval
from mlestar_jupyter.core.journal import RecordedEvaluation
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number, speed, with_interval
from mlestar_jupyter.display.view import Action, Diff, Entry, Section, View
from mlestar_jupyter.reports.overview import Overview

if TYPE_CHECKING:
    from mlestar_jupyter.reports.base import RunRecord


def tree(run: RunRecord) -> Overview:
    """List all candidates below what they were made from; the human's decisions are nodes like any other."""
    first = _first_of_equals(run.candidates())
    children: dict[str | None, list[Entry]] = {}
    for evaluation in first.values():
        entry = _entry(run, evaluation, _made_from(evaluation.candidate, first))
        children.setdefault(_place(evaluation.candidate, first), []).append(entry)
    again = [e for e in run.candidates() if e.candidate.author == "human" and first[e.candidate.id] is not e]
    for evaluation in again:
        known = first[evaluation.candidate.id].candidate
        entry = Entry(
            evaluation.candidate.label, "○ as before", "", _origin(evaluation.candidate), evaluation.candidate.reason,
            (f"The blocks are those of {known.label} ({known.id}), and so is the score.",),
        )  # fmt: skip
        children.setdefault(_place(evaluation.candidate, first), []).append(entry)
    for identifier in dict.fromkeys(run.checkouts):
        facts = ("phase human", "author human")
        children.setdefault(identifier, []).append(Entry("checkout", "○ branch", "", facts, "went on from here"))

    def below(parent: str | None) -> tuple[Entry, ...]:
        return tuple(replace(e, children=below(e.identifier) if e.identifier else ()) for e in children.get(parent, []))

    summary = "No candidate in this session yet."
    if first:
        summary = f"{counted(len(first), 'candidate')}, each below what it was made from; → marks the present solution."
    recorded = run.recorded_candidates()
    if recorded:
        made = "" if run.made_by is None else f", made by {run.made_by}"
        summary += f" {counted(len(recorded), 'more candidate')} on record{made}, not replayed in this session."
        entries = tuple(_recorded_entry(run, e) for e in recorded)
        return Overview(
            View("Tree of candidates", summary, (Section(entries=below(None)), Section("On record", entries=entries)))
        )
    return Overview(View("Tree of candidates", summary, (Section(entries=below(None)),)))


def _first_of_equals(evaluations: Iterable[Evaluation]) -> dict[str, Evaluation]:
    """Evaluations by id: of those with the same blocks, the first says where they come from."""
    first: dict[str, Evaluation] = {}
    for evaluation in evaluations:
        first.setdefault(evaluation.candidate.id, evaluation)
    return first


def _place(candidate: Candidate, first: dict[str, Evaluation]) -> str | None:
    """Id below which a candidate stands; None for the top."""
    is_known = candidate.parent in first and candidate.parent != candidate.id
    return candidate.parent if is_known else None


def _made_from(candidate: Candidate, first: dict[str, Evaluation]) -> Solution | None:
    parent = _place(candidate, first)
    return None if parent is None else first[parent].candidate.solution


def _entry(run: RunRecord, evaluation: Evaluation, made_from: Solution | None) -> Entry:
    """One candidate on a line; it unfolds to its cost, its diff and what can be done with it."""
    candidate = evaluation.candidate
    is_present = run.has_solution and candidate.id == run.solution.id
    diff = None if made_from is None else _diff(made_from, candidate.solution)
    if isinstance(evaluation, Failed):
        why = (f"Failed: {evaluation.reason}",)
        return Entry(
            candidate.label,
            f"✗ {evaluation.verdict}",
            candidate.id,
            _origin(candidate),
            candidate.reason,
            why,
            diff=diff,
        )
    facts = (_score(run, evaluation), *_origin(candidate), f"{_seconds(evaluation):.1f} s")
    return Entry(
        candidate.label, "→ now" if is_present else "", candidate.id, facts, candidate.reason,
        (f"Cost: {_cost(evaluation)}.",), diff=diff, actions=_actions(candidate.id, is_present=is_present),
    )  # fmt: skip


def _recorded_entry(run: RunRecord, found: RecordedEvaluation) -> Entry:
    """One candidate of an earlier session on a line."""
    candidate, label = found.candidate, run.task.metric.label
    if found.score is None:
        return Entry(
            candidate.label,
            "✗ failed",
            candidate.id,
            _origin(candidate),
            candidate.reason,
            (f"Failed: {found.reason}",),
        )
    facts = (f"{label} {number(found.score)}", *_origin(candidate))
    actions = (Action("Show", f"show {candidate.id}"),)
    return Entry(candidate.label, "↻ on record", candidate.id, facts, candidate.reason, actions=actions)


def _show_recorded(run: RunRecord, found: RecordedEvaluation) -> Overview:
    """One candidate of an earlier session: what is on record of it."""
    candidate = found.candidate
    made = "" if run.made_by is None else f" Made by {run.made_by}."
    origin = f"{candidate.reason}; author {candidate.author}, phase {candidate.phase}. On record.{made}"
    if found.score is None:
        sections = [Section("Failed", found.reason)]
    else:
        folds = pd.DataFrame({"fold": range(1, len(found.fold_scores) + 1), "score": found.fold_scores})
        sections = [Section("Score", f"{run.task.metric.label} {number(found.score)}.", folds)]
    sections += [Section(f"Block {n}", code=source, folded=True) for n, source in candidate.solution.blocks.items()]
    return Overview(View(f"{candidate.label} ({candidate.id})", origin, tuple(sections)))


def _origin(candidate: Candidate) -> tuple[str, str]:
    return f"phase {candidate.phase}", f"author {candidate.author}"


def _diff(before: Solution, after: Solution) -> Diff | None:
    """What differs, block by block; None where nothing does."""
    text = before.diff(after)
    return Diff.read(text) if text else None


def _score(run: RunRecord, evaluation: Scored) -> str:
    low, high = score_interval(evaluation, run.task.metric)
    return f"{run.task.metric.label} {with_interval(evaluation.score, low, high)}"


def _seconds(evaluation: Scored) -> float:
    return evaluation.fit_seconds + evaluation.predict_seconds


def _cost(evaluation: Scored) -> str:
    fast = speed(evaluation.row_ms, evaluation.rows_per_second)
    return (
        f"fit {evaluation.fit_seconds:.1f} s and predict {evaluation.predict_seconds:.2f} s over "
        f"{len(evaluation.fold_scores)} folds, peak {evaluation.peak_mb:.0f} MB; {fast}"
    )


def _actions(identifier: str, *, is_present: bool) -> tuple[Action, ...]:
    branch = () if is_present else (Action("Branch", f"checkout {identifier}", "b"),)
    return (*branch, Action("Edit", f"edit {identifier}", "e"), Action("Show", f"show {identifier}"))


def show(run: RunRecord, prefix: str) -> Overview:
    """Show one candidate: where it comes from, its scores, what it changed, and its blocks."""
    recorded = [e for e in run.recorded_candidates() if e.candidate.id.startswith(prefix)]
    if len(recorded) == 1 and not any(e.candidate.id.startswith(prefix) for e in run.candidates()):
        return _show_recorded(run, recorded[0])
    evaluation = run.find(prefix)
    first = _first_of_equals(run.candidates())
    candidate = first[evaluation.candidate.id].candidate
    parent = f", from {candidate.parent}" if candidate.parent else ""
    origin = f"{candidate.reason}; author {candidate.author}, phase {candidate.phase}{parent}."
    sections = _outcome(run, evaluation)
    made_from = _made_from(candidate, first)
    diff = None if made_from is None else _diff(made_from, candidate.solution)
    if diff is not None:
        sections.append(Section("What it changed", f"Against {candidate.parent}: {diff.size} lines.", diff=diff))
    sections += [
        Section(f"Block {name}", code=source, folded=True) for name, source in candidate.solution.blocks.items()
    ]
    return Overview(View(f"{candidate.label} ({candidate.id})", origin, tuple(sections)))


def _outcome(run: RunRecord, evaluation: Evaluation) -> list[Section]:
    """The score fold by fold with its cost, or why there is none."""
    if isinstance(evaluation, Failed):
        return [Section("Failed", evaluation.reason, code=evaluation.traceback)]
    text = f"{_score(run, evaluation)} (95 % interval); {_cost(evaluation)}."
    identifier = evaluation.candidate.id
    is_present = run.has_solution and identifier == run.solution.id
    actions = tuple(a for a in _actions(identifier, is_present=is_present) if a.label != "Show")
    folds = pd.DataFrame({"fold": range(1, len(evaluation.fold_scores) + 1), "score": evaluation.fold_scores})
    warnings = Section("Warnings", lines=tuple(("advice", w) for w in evaluation.warnings))
    return [Section("Score", text, folds, actions=actions), *([warnings] if evaluation.warnings else [])]
