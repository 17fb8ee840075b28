"""The final fit of the present solution: how long it will take, and on which rows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from mlestar_jupyter.attempts.affording import final_fits
from mlestar_jupyter.attempts.state import State
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.refit import affordable_rows, members_of, own_refit_seconds, reserved_seconds
from mlestar_jupyter.core.sampling import sample_rows
from mlestar_jupyter.core.task import Dataset, Rows
from mlestar_jupyter.runs.clock import Clock

_MOST_RESERVED = 0.25
"""Share of the time limit that is kept for the final fit of a large table: one that takes longer gets fewer rows."""


@dataclass(frozen=True, eq=False)
class FinalFit:
    """What is known of the final fit, from what the phases left in `state`."""

    dataset: Dataset
    journal: Journal
    state: State
    clock: Clock
    workers: int

    def seconds(self, to_come: Collection[str] = ()) -> float:
        """About how long the present solution, or an ensemble of the best, takes to fit on all development rows.

        Parameters
        ----------
        to_come : collection of str
            Phases: some of them fit it again.
        """
        score, task, n_rows = self.state.score, self.dataset.task, len(self.dataset.whole)
        timeout = self.clock.given
        most = _MOST_RESERVED * timeout if timeout is not None and task.n_sample else None
        if score is None:
            return most or 0.0
        seconds = reserved_seconds(self.state.members, score, task.metric, n_rows, self.workers)
        if most is not None:
            return min(seconds, most)
        return seconds * final_fits(to_come, has_holdout=len(self.dataset.holdout) > 0)

    def rows(self) -> Rows:
        """All rows outside of the holdout; of a large table as many as there is time for, decided once.

        Raises
        ------
        OrderError
            When there is no solution yet.
        """
        whole, task = self.dataset.whole, self.dataset.task
        if not task.n_sample:
            return whole
        n_rows = self._n_rows()
        if n_rows <= task.n_sample:
            return self.dataset.development
        return whole if n_rows >= len(whole) else whole.take(sample_rows(whole.y, whole.groups, n_rows, task))

    def _n_rows(self) -> int:
        (solution, score), n_all = self.state.present(), len(self.dataset.whole)
        n_sample = self.dataset.task.n_sample
        key = f"final rows/{solution.fit_id}/{n_sample}/{'+'.join(map(str, (self.clock.timeout, *self.clock.more)))}"
        known = self.journal.get(key)
        if known is not None:
            return int(known)
        needed = own_refit_seconds(score, members_of(score, self.state.members), n_all, self.workers)
        n_rows = affordable_rows(n_all, n_sample, needed, self.clock.left())
        self.journal.put(key, n_rows)
        self.journal.add_event("final rows", f"the final model is fitted on {n_rows:,} of {n_all:,} rows")
        return n_rows
