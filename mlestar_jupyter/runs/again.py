"""Do again what is on record: phases and the human's decisions, in their order."""

from __future__ import annotations

from mlestar_jupyter.core.journal import Link
from mlestar_jupyter.core.journal_errors import damaged
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings
from mlestar_jupyter.runs.decisions import Decisions
from mlestar_jupyter.runs.steps import Steps


def do_all_again(steps: Steps) -> None:
    """Do all again that is on record, without writing a file; nothing where another version made it.

    Raises
    ------
    OutputError
        When the record does not lead from its beginning to its end.
    """
    run, standing = steps.run, steps.standing
    if standing.made_by is not None:
        return
    links = standing.recorded()
    if run.journal.links() and not links:
        raise damaged(run.journal.path, "its steps do not lead to one another")
    with steps.reading():
        for link in links:
            _do_again(steps, link)
            if not run.chain.has_come_to(link.token):
                raise damaged(run.journal.path, f"the step {link.kind} {link.name} cannot be done again")


def _do_again(steps: Steps, link: Link) -> None:
    decisions = Decisions(steps)
    match link.kind:
        case "phase" if link.name in PHASES:
            steps.run_phase(link.name, read_settings(PHASES[link.name].settings, link.asked))
        case "more":
            steps.more(float(link.asked["seconds"]))
        case "adopt":
            decisions.adopt(link.name, link.asked["source"])
        case "checkout":
            decisions.checkout(link.name)
        case "propose":
            decisions.propose(link.name, link.asked["notes"])
        case "ask":
            decisions.ask(link.name, link.asked["words"])
        case "accept":
            decisions.accept(link.name)
        case "reject":
            decisions.reject(link.name)
