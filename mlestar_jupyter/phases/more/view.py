"""How more time shows what it found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mlestar_jupyter.core.evaluation import scored
from mlestar_jupyter.display.view import View
from mlestar_jupyter.phases.foundation.view import comparison

if TYPE_CHECKING:
    from mlestar_jupyter.phases.more.result import MoreResult


def more_view(result: MoreResult) -> View:
    """Show what was compared, where anything was."""
    title = f"{result.title[0].upper()}{result.title[1:]}"
    if not scored(result.evaluations):
        return View(title, result.summary)
    return View(title, result.summary, (comparison(result.table, result.evaluations, result.metric),))
