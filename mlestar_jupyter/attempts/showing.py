"""How attempts are shown: what became of each, its gain, its diff, and what the human can do with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.evaluation import Failed, Scored, score_interval
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.statistics import TestResult
from mlestar_jupyter.display.numbers import p_value, with_interval
from mlestar_jupyter.display.view import Action, Diff, Entry
from mlestar_jupyter.planners.base import Attempt


def outcome(attempt: Attempt) -> str:
    """What became of an attempt, in words with a sign."""
    if isinstance(attempt.evaluation, Failed):
        return "✗ failed"
    if attempt.rejected:
        return "✗ rejected"
    if attempt.kept:
        return "✓ kept"
    return "? proposed" if attempt.proposed else "– not kept"


def gain_words(test: TestResult) -> tuple[str, str]:
    """The gain with its 95 % interval, and the p-value."""
    return f"gain {with_interval(test.mean, test.low, test.high, signed=True)}", p_value(test.p_value)


def score_words(evaluation: Scored, metric: Metric) -> str:
    """The score with its 95 % interval."""
    low, high = score_interval(evaluation, metric)
    return f"{metric.label} {with_interval(evaluation.score, low, high)}"


def speed_cells(evaluation: Scored) -> dict[str, float | None]:
    """Cells of a table: milliseconds for one row, and rows a second for many."""
    row_ms = evaluation.row_ms
    return {
        "row ms": None if row_ms is None else round(row_ms, 2),
        "rows/s": float(f"{evaluation.rows_per_second:.3g}"),
    }


def attempt_entry(
    attempt: Attempt, metric: Metric, number: int | None = None, *, confirmed: str = "", unfolded: bool = False
) -> Entry:
    """Show an attempt: what became of it on its line; its diff and what can be done with it when unfolded.

    Parameters
    ----------
    confirmed : str
        What its test on fresh folds found, in a sentence; it stands above the diff.
    """
    evaluation, proposal = attempt.evaluation, attempt.proposal
    title = f"{proposal.block}: {proposal.label}" if number is None else f"{number} {proposal.block}: {proposal.label}"
    new = with_marker(proposal.block, proposal.source)
    diff = Diff.between(attempt.replaced, new) if attempt.replaced else None
    if isinstance(evaluation, Failed):
        details = (f"Failed: {evaluation.reason}",)
        identifier = evaluation.candidate.id if evaluation.candidate.id != evaluation.candidate.parent else ""
        author = (f"author {evaluation.candidate.author}",)
        return Entry(
            title, outcome(attempt), identifier, author, proposal.reason, details, diff=diff, unfolded=unfolded
        )
    shown = [score_words(evaluation, metric)]
    if attempt.test is not None:
        shown += gain_words(attempt.test)
    shown += [f"{evaluation.fit_seconds + evaluation.predict_seconds:.1f} s", f"author {evaluation.candidate.author}"]
    return Entry(
        title, outcome(attempt), evaluation.candidate.id, tuple(shown), proposal.reason,
        (confirmed,) if confirmed else (), diff=diff, actions=attempt_actions(attempt), unfolded=unfolded,
    )  # fmt: skip


def attempt_actions(attempt: Attempt) -> tuple[Action, ...]:
    """What the human may do with a scored attempt."""
    identifier = attempt.evaluation.candidate.id
    actions = [] if attempt.kept else [Action("Accept", f"accept {identifier}", "a")]
    if attempt.kept or attempt.proposed:
        actions.append(Action("Reject", f"reject {identifier}", "r"))
    return (
        *actions,
        Action("Branch", f"checkout {identifier}", "b"),
        Action("Edit", f"edit {identifier}", "e"),
    )


def another(block: str) -> Action:
    """Ask for one more variant of a block."""
    return Action("Another", f"propose {block}", "n")


def attempt_trees(
    attempts: Sequence[Attempt],
    starts: Sequence[Scored],
    metric: Metric,
    confirmed: Mapping[str, str],
    unfolded: Attempt | None,
) -> tuple[Entry, ...]:
    """Each attempt below the solution that it was made from, with the solutions at which paths began as the roots.

    Parameters
    ----------
    confirmed : mapping
        What the tests on fresh folds found, by the candidate's id.
    unfolded : Attempt, optional
        The one that starts open.
    """
    first = starts[0].candidate
    placed = {s.candidate.id for s in starts}
    homes: list[str | None] = []  # the id below which an attempt's own children stand; the first of equals has them
    parents: list[str] = []  # the first root for what was made from a solution that is not shown
    for attempt in attempts:
        candidate = attempt.evaluation.candidate
        parents.append(candidate.parent if candidate.parent in placed else first.id)
        is_new = isinstance(attempt.evaluation, Scored) and candidate.id not in placed
        homes.append(candidate.id if is_new else None)
        placed |= {candidate.id} if is_new else set()

    def below(identifier: str) -> tuple[Entry, ...]:
        return tuple(
            replace(entry(number), children=() if home is None else below(home))
            for number, (parent, home) in enumerate(zip(parents, homes, strict=True), start=1)
            if parent == identifier
        )

    def entry(number: int) -> Entry:
        attempt = attempts[number - 1]
        sentence = confirmed.get(attempt.evaluation.candidate.id, "")
        return attempt_entry(attempt, metric, number, confirmed=sentence, unfolded=attempt is unfolded)

    def root(start: Scored, mark: str) -> Entry:
        known = start.candidate
        return Entry(known.label, mark, known.id, (score_words(start, metric),), children=below(known.id))

    marks = ["○ before", *(f"○ path {number}" for number in range(2, len(starts) + 1))]
    return tuple(root(start, mark) for start, mark in zip(starts, marks, strict=True))
