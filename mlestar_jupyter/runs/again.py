"""Do again what is on record: phases and the human's decisions, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.blocks import block_hash, with_marker
from mlestar_jupyter.phases.settings import PHASES, read_settings

if TYPE_CHECKING:
    from mlestar_jupyter.workflow import Workflow


def do_again(workflow: Workflow, action: dict[str, Any]) -> None:
    """Do one action; one that changed nothing then, since a notebook was run again, is left out."""
    match action:
        case {"phase": name, "settings": settings}:
            workflow.run_phase(name, read_settings(PHASES[name].settings, settings))
        case {"adopt": block, "source": source}:
            if block_hash(workflow.solution.blocks.get(block, "")) != block_hash(with_marker(block, source)):
                workflow.adopt(block, source)
        case {"checkout": prefix}:
            workflow.checkout(prefix)
        case {"propose": block, "notes": notes}:
            known = [block_hash(a.proposal.source) for a in workflow.proposals if a.proposal.block == block]
            if action.get("source") not in known:
                workflow.propose(block, notes)
        case {"ask": block, "words": words}:
            workflow.ask(block, words)
        case {"accept": prefix}:
            workflow.accept(prefix)
        case {"reject": prefix}:
            workflow.reject(prefix)
