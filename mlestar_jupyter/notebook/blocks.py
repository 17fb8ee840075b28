"""Block cells: a marked cell that has run becomes the block's new text, author human."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import block_hash, read_marker, with_marker
from mlestar_jupyter.errors import BlockError

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session


def adopt_cell(session: Session, source: str, *, succeeded: bool, error: BaseException | None) -> None:
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
        why = "has a syntax error" if isinstance(error, SyntaxError) else "raised an error"
        raise BlockError(f"The cell of the block {name!r} {why}.", mend="Correct it; the block before stays in use.")
    current = workflow.solution.blocks.get(name)
    if current is not None and block_hash(current) == block_hash(with_marker(name, source)):
        return
    _adopt(session, name, source)


def _adopt(session: Session, name: str, source: str) -> None:
    from IPython.display import display

    from mlestar_jupyter.core.evaluation import Failed
    from mlestar_jupyter.core.statistics import corrected_t_test
    from mlestar_jupyter.display.view import View
    from mlestar_jupyter.reports.overview import Overview

    workflow = session.need()
    before = workflow.score
    evaluation = workflow.adopt(name, source)
    metric = workflow.task.metric
    if isinstance(evaluation, Failed):
        raise BlockError(
            f"Your block {name!r} cannot be used: {evaluation.reason}.",
            mend="Correct the cell and run it again; the block before stays in use.",
        )
    text = f"{metric.label} {before.score:.5g} → {evaluation.score:.5g}"
    if name == "validation" or len(before.fold_scores) != len(evaluation.fold_scores):
        text += "; the folds are others now, so the two do not compare"
    else:
        pairs = zip(evaluation.fold_scores, before.fold_scores, strict=True)
        test = corrected_t_test([metric.gain(n, o) for n, o in pairs], before.n_train, before.n_test)
        text += f": gain {test.mean:+.3g} [{test.low:+.3g}, {test.high:+.3g}], p = {test.p_value:.2g}"
        text += ", beyond noise" if test.p_value < 0.05 else ", within noise"  # noqa: PLR2004
    text += f". Your {name} is in use from now on ({evaluation.candidate.id})."
    display(Overview(View(f"Your {name}", text)))  # type: ignore[no-untyped-call]
