"""What a phase, a decision or an estimate works with, made from a run."""

from __future__ import annotations

import time
from statistics import median

from mlestar_jupyter.attempts.context import Context
from mlestar_jupyter.attempts.latency import Latency
from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.online.providers import open_online
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.runs.run import Run

_READING, _CALLS = "milliseconds to read a row", 9


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
        latency=_latency(run), prefer=run.options["prefer"],
    )  # fmt: skip


def _latency(run: Run) -> Latency:
    """The limit for one row, of which the time to read it is measured once a run."""
    limit, journal = run.options["max_latency"], run.journal
    if limit is None:
        return Latency()
    reading = journal.get(_READING)
    if reading is None:
        reading = _reading_ms(run.opened.dataset)
        journal.put(_READING, reading)
    return Latency(limit, float(reading))


def _reading_ms(dataset: Dataset) -> float:
    """Measure the median time in which a row is read, in milliseconds."""
    contract, rows, times = dataset.task.contract, dataset.development.X.head(1), list[float]()
    for _ in range(_CALLS):
        start = time.perf_counter()
        contract.apply(rows)
        times.append(1000 * (time.perf_counter() - start))
    return median(times)
