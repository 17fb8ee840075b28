"""Block cells: a marked cell that has run becomes the block's new text, author human."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import block_hash, check_block, read_marker, split_blocks, with_marker
from mlestar_jupyter.errors import BlockError

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session


def adopt_cell(session: Session, source: str, *, succeeded: bool) -> None:
    """Score a changed block and say in a line what came of it; an unchanged one is left alone.

    Raises
    ------
    BlockError, SettingError
        When the cell cannot be a block; the earlier one stays in use.
    """
    name = read_marker(source)
    workflow = session.workflow
    if name is None or workflow is None:
        return
    if not succeeded:
        sys.stderr.write(f"This cell failed: the {name} block before it stays in use.\n")
        return
    parts = [(str(read_marker(part)), part) for part in split_blocks(source)]  # merged cells hold several blocks
    for name, part in parts:
        check_block(name, part)  # all of them before the first is used
    for name, part in parts:
        current = workflow.solution.blocks.get(name)
        if current is None or block_hash(current) != block_hash(with_marker(name, part)):
            _adopt(session, name, part)


def _adopt(session: Session, name: str, source: str) -> None:
    from IPython.display import display

    from mlestar_jupyter.core.evaluation import Failed
    from mlestar_jupyter.display.view import View
    from mlestar_jupyter.notebook.answers import comparison
    from mlestar_jupyter.notebook.progress import watch
    from mlestar_jupyter.reports.overview import Overview

    workflow = session.need()
    before = workflow.score
    with watch(session, f"your {name}"):
        evaluation = workflow.adopt(name, source)
    if isinstance(evaluation, Failed):
        raise BlockError(
            f"Your block {name!r} cannot be used: {evaluation.reason}.",
            mend="Correct the cell and run it again; the block before stays in use.",
        )
    text = comparison(before, evaluation, workflow.task.metric)
    text += f". Your {name} block is used from now on ({evaluation.candidate.id})."
    display(Overview(View(f"Your {name}", text)))
