"""Attempts: evaluate a proposal on the solution's folds and test its gain, and show what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from mlestar_jupyter.core.blocks import with_marker
from mlestar_jupyter.core.candidate import Candidate
from mlestar_jupyter.core.evaluation import Failed, Scored
from mlestar_jupyter.core.metric import Metric
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.statistics import TestResult, corrected_interval, corrected_t_test
from mlestar_jupyter.display.numbers import p_value, with_interval
from mlestar_jupyter.display.view import Action, Diff, Entry
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.phases.base import Context
from mlestar_jupyter.planners.base import Attempt, Proposal


def proposals(
    context: Context, solution: Solution, block: str, attempts: Sequence[Attempt], count: int, notes: str
) -> list[Proposal]:
    """Ask the planner for variants to be evaluated at once: each knows of the others, but not how they will do."""
    known, found = list(attempts), list[Proposal]()
    while len(found) < count:
        proposal = context.planner.refine(context.dataset.task, solution, block, known, notes)
        if proposal is None:
            break
        found.append(proposal)
        candidate = _candidate(context, solution, proposal, solution)
        known.append(Attempt(proposal, Failed(candidate, "dropped", "not yet evaluated"), None, None, kept=False))
    return found


def try_proposals(
    context: Context, solution: Solution, score: Scored, asked: Sequence[Proposal], *, at_least: int = 0
) -> list[Attempt]:
    """Evaluate proposals and test them against the solution; fewer when the budget ended before the list.

    Parameters
    ----------
    score : Scored
        Of `solution`, on the folds that its ``validation`` block makes.
    at_least : int
        So many are evaluated even when time is up.
    """
    made: list[Candidate | Failed] = []
    for proposal in asked:
        try:
            changed = solution.with_block(proposal.block, proposal.source)
            made.append(_candidate(context, solution, proposal, changed))
        except MLEStarError as error:
            made.append(Failed(_candidate(context, solution, proposal, solution), "error", str(error)))
    candidates = [c for c in made if isinstance(c, Candidate)]
    evaluations = iter(context.evaluator.evaluate(candidates, at_least=min(at_least, len(candidates))))
    attempts = []
    for proposal, one in zip(asked, made, strict=True):
        evaluation = one if isinstance(one, Failed) else next(evaluations, None)
        if evaluation is None:
            break
        replaced = solution.blocks[proposal.block]
        if isinstance(evaluation, Failed):
            attempts.append(Attempt(proposal, evaluation, None, None, kept=False, replaced=replaced))
        else:
            test = paired_test(evaluation, score, context.dataset.task.metric)
            known = Attempt(proposal, evaluation, test.mean, test.p_value, kept=False, test=test, replaced=replaced)
            attempts.append(known)
    return attempts


def _candidate(context: Context, solution: Solution, proposal: Proposal, changed: Solution) -> Candidate:
    label = f"{proposal.block}: {proposal.label}"
    return context.candidate(changed, label, proposal.reason, "refinement", parent=solution, block=proposal.block)


def paired_test(new: Scored, old: Scored, metric: Metric) -> TestResult:
    """Test the gain of one over the other on the folds that both have."""
    gains = [metric.gain(n, o) for n, o in zip(new.fold_scores, old.fold_scores, strict=False)]
    return corrected_t_test(gains, old.n_train, old.n_test)


def lead_member(context: Context, solution: Solution) -> tuple[Solution, Scored]:
    """The lead member of an ensemble with its own score: refinement works on one solution."""
    lead = solution.single()
    candidate = context.candidate(
        lead, "lead member", "the ensemble's lead member alone", "refinement", parent=solution
    )
    found = context.evaluator.evaluate([candidate], at_least=1)[0]
    if isinstance(found, Failed):
        raise TypeError(f"the lead member that was scored before failed now: {found.reason}")
    return lead, found


# --- how they are shown -------------------------------------------------------------------------------------------


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
    low, high = corrected_interval(evaluation.fold_scores, evaluation.n_train, evaluation.n_test)
    return f"{metric.label} {with_interval(evaluation.score, low, high)}"


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


def attempt_tree(
    attempts: Sequence[Attempt],
    before: Scored,
    metric: Metric,
    confirmed: Mapping[tuple[str, str], str],
    unfolded: Attempt | None,
) -> Entry:
    """Each attempt below the solution that it was made from, the solution before all of them at the root.

    Parameters
    ----------
    confirmed : mapping
        What the tests on fresh folds found, by block and label.
    unfolded : Attempt, optional
        The one that starts open.
    """
    root = before.candidate
    placed = {root.id}
    homes: list[str | None] = []  # the id below which an attempt's own children stand; the first of equals has them
    parents: list[str] = []  # the root for what was made from a solution that is not shown
    for attempt in attempts:
        candidate = attempt.evaluation.candidate
        parents.append(candidate.parent if candidate.parent in placed else root.id)
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
        sentence = confirmed.get((attempt.proposal.block, attempt.proposal.label), "")
        return attempt_entry(attempt, metric, number, confirmed=sentence, unfolded=attempt is unfolded)

    return Entry(root.label, "○ before", root.id, (score_words(before, metric),), children=below(root.id))
