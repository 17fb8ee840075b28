"""Do again what is on record: phases and the human's decisions, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.core.journal_errors import damaged
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings

if TYPE_CHECKING:
    from mlestar_jupyter.workflow import Workflow


def do_all_again(workflow: Workflow) -> None:
    """Do all again that is on record, without writing a file; nothing where another version made it.

    Raises
    ------
    OutputError
        When the record does not lead from its beginning to its end.
    """
    if workflow.made_by is not None:
        return
    links = workflow.recorded()
    if workflow.journal.links() and not links:
        raise damaged(workflow.journal.path, "its steps do not lead to one another")
    with workflow.reading():
        for link in links:
            _do_again(workflow, link)
            if not workflow.has_come_to(link.token):
                raise damaged(workflow.journal.path, f"the step {link.kind} {link.name} cannot be done again")


def _do_again(workflow: Workflow, link: Link) -> None:
    match link.kind:
        case "phase" if link.name in PHASES:
            workflow.run_phase(link.name, read_settings(PHASES[link.name].settings, link.asked))
        case "adopt":
            workflow.adopt(link.name, link.asked["source"])
        case "checkout":
            workflow.checkout(link.name)
        case "propose":
            workflow.propose(link.name, link.asked["notes"])
        case "ask":
            workflow.ask(link.name, link.asked["words"])
        case "accept":
            workflow.accept(link.name)
        case "reject":
            workflow.reject(link.name)
