"""The commands by which the human decides: propose, ask, accept, reject, edit."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.notebook.answers import Text, comparison, ids, leave_blocks, shown
from mlestar_jupyter.notebook.arguments import read_body
from mlestar_jupyter.notebook.session import Session

if TYPE_CHECKING:
    from mlestar_jupyter.decisions.proposal import ProposalResult
    from mlestar_jupyter.workflow import Workflow


def propose(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Ask for one more variant of a block."""
    if len(words) != 1:
        raise SettingError("propose needs a block.", mend="Write %mlestar propose BLOCK.")
    with _watch(session, f"a variant of {words[0]}"):
        result = session.need().propose(words[0], str(read_body(cell).get("notes", "")))
    return _waiting(session, result, "Edit its cell, or try another block.")


def ask(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Have the chat model do to a block what the cell says."""
    if len(words) != 1:
        raise SettingError("ask needs a block.", mend="Write %%mlestar ask BLOCK, and below it what is to be done.")
    with _watch(session, f"what was asked of {words[0]}"):
        result = session.need().ask(words[0], cell or "")
    return _waiting(session, result, "Ask in other words, or edit the block's cell.")


def _waiting(session: Session, result: ProposalResult, mend: str) -> object:
    """Show a variant that waits for the human's decision.

    Raises
    ------
    ExecutionError
        When there is none that could be accepted; one that failed is shown first.
    """
    if result.problem is None:
        return shown(session, result)
    if result.attempt is not None:
        from IPython.display import display

        display(shown(session, result))
    raise ExecutionError(result.problem, mend=f"The solution stays. {mend}")


def accept(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Use an attempt's block from now on."""
    del cell
    (prefix,) = ids(words, 1, "accept ID")
    workflow = session.need()
    candidate, before = workflow.find(prefix).candidate, workflow.score
    replayed = workflow.standing.on_record("accept", candidate.id)
    with _watch(session, f"accept {prefix}"):
        evaluation = workflow.accept(prefix)
    if isinstance(evaluation, Failed):
        raise SettingError(
            f"On top of what was kept since, {prefix} cannot be scored: {evaluation.reason}.",
            mend=f"Go to it instead: %mlestar checkout {prefix}.",
        )
    leave_blocks(session, f"accept {evaluation.candidate.id}", (str(candidate.block),), replayed=replayed)
    return shown(session, _view(workflow, f"Accepted: {evaluation.candidate.label}", before, evaluation))


def reject(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Do without an attempt."""
    del cell
    (prefix,) = ids(words, 1, "reject ID")
    workflow = session.need()
    candidate, before = workflow.find(prefix).candidate, workflow.score
    replayed = workflow.standing.on_record("reject", candidate.id)
    with _watch(session, f"reject {prefix}"):
        back = workflow.reject(prefix)
    if back is not None:
        leave_blocks(session, f"reject {candidate.id}", (str(candidate.block),), replayed=replayed)
    return shown(session, _view(workflow, f"Rejected: {candidate.label}", before, back))


def checkout(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Make an earlier candidate the solution, and leave the cells of the blocks that are others now."""
    del cell
    (prefix,) = ids(words, 1, "checkout ID")
    workflow = session.need()
    before, identifier = workflow.score, workflow.find(prefix).candidate.id
    first = next(e.candidate for e in workflow.candidates() if e.candidate.id == identifier)  # by its own name
    replayed = workflow.standing.on_record("checkout", identifier)
    with _watch(session, f"checkout {prefix}"):
        after = workflow.checkout(prefix)
    blocks = before.candidate.solution.blocks
    others = tuple(n for n, source in after.candidate.solution.blocks.items() if blocks.get(n) != source)
    if others:
        leave_blocks(session, f"checkout {identifier}", others, replayed=replayed)
    return shown(session, _view(workflow, f"Back to: {first.label}", before, after))


def edit(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Put an attempt's block into a cell, to change it and run it."""
    del cell
    (prefix,) = ids(words, 1, "edit ID")
    from mlestar_jupyter.decisions.adopting import need_block
    from mlestar_jupyter.notebook.cells import Batch, Cell

    workflow = session.need()
    evaluation = workflow.find(prefix)
    candidate = evaluation.candidate
    block = need_block(candidate)
    source = candidate.solution.blocks[block].rstrip()
    if session.frontend.kind in ("terminal", "headless"):
        return Text(source)
    known: dict[str, str | float | None] = {
        "block": block,
        "candidate": candidate.id,
        "author": candidate.author,
    }
    session.leave(Batch(workflow.name, f"edit {candidate.id}", (Cell(f"block {block}", source, known),)))
    return None


def _view(workflow: Workflow, title: str, before: Scored, after: Evaluation | None) -> object:
    """Say what the decision changed."""
    from mlestar_jupyter.display.view import View
    from mlestar_jupyter.reports.overview import Overview

    if not isinstance(after, Scored):
        return Overview(View(title, "The solution stays as it is; the planner will not propose it again."))
    text = comparison(before, after, workflow.task.metric)
    return Overview(View(title, f"{text}. In use from now on ({after.candidate.id})."))


def _watch(session: Session, what: str) -> AbstractContextManager[None]:
    """Show the progress of a decision."""
    from mlestar_jupyter.notebook.progress import watch

    return watch(session, what)
