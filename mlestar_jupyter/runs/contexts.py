"""What a phase, a decision or an estimate works with, made from a run."""

from __future__ import annotations

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.online.providers import open_online
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.runs.run import Run


def context_of(run: Run, planner: Planner, budget: Budget, token: str) -> Context:
    """Make a context over the present state of a run.

    Parameters
    ----------
    token : str
        Of the link that the step will be; empty where nothing is put on record.
    """
    opened = run.opened
    return Context(
        opened.dataset, run.journal, run.evaluator, planner, budget, run.listeners.emit, run.task.seed, run.output,
        opened.source, run.state, token, run.final.seconds(),
        online=open_online() if run.options["online"] else None, final=run.final.rows,
        prefer=run.options["prefer"],
    )  # fmt: skip
