"""LEAK003: the same rows on both sides of the split, which rewards remembering them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector
from mlestar_jupyter.core.task import Rows, Task
from mlestar_jupyter.modalities.registry import input_columns

_MANY_DUPLICATES = 0.01
_BEYOND_CHANCE = 10.0
_CERTAIN = 1e-6


class Duplicates(LeakageDetector):
    """Counts the holdout rows that are among the development rows.

    Identifiers are left out of the comparison. Small tables of categories have honest twins: the share is compared
    with what chance would give if the columns were independent, and with the development rows among themselves.
    """

    code = "LEAK003"
    title = "Duplicates across the split"
    needs = ("holdout",)

    def look(self, inputs: CheckInputs) -> Finding:
        """Compare the rows."""
        assert inputs.holdout is not None
        ours = _hashes(inputs.task, inputs.development)
        twins = np.isin(_hashes(inputs.task, inputs.holdout), ours)
        share = float(twins.mean())
        evidence = f"{share:.2%} of the holdout rows are also among the development rows, target included"
        if share <= _MANY_DUPLICATES:
            return self.clear(evidence)
        chance = _chance_of_twin(inputs.task, inputs.development)
        within = float(pd.Series(ours).duplicated(keep=False).mean())
        text = f"{evidence}; within the development rows {within:.2%} are repeated; by chance {chance:.2%} share inputs"
        remedy = "If they are the same cases, drop the copies or group them with --group."
        if inputs.task.group is not None:
            remedy = "If they are the same cases, drop the copies."
        is_beyond = share > _BEYOND_CHANCE * chance or _is_beyond(twins, within)
        return self.found(text, remedy) if is_beyond else self.suspect(text, remedy)


def _is_beyond(twins: np.ndarray, within: float) -> bool:
    """Whether far more rows have a twin than do within the development rows: by the odds, and beyond noise.

    A table whose rows were copied from the other has twins for all, however many chance alone would give.
    """
    from scipy import stats

    count, n_rows = int(twins.sum()), len(twins)
    odds = count * (1 - within) > _BEYOND_CHANCE * within * (n_rows - count)
    return bool(odds and stats.binom.sf(count - 1, n_rows, within) < _CERTAIN)


def _compared(task: Task) -> list[str]:
    return [c.name for c in input_columns(task) if c.name != task.group]


def _hashes(task: Task, rows: Rows) -> np.ndarray:
    """One hash a row; as text, since a holdout of its own may have been read with other types."""
    table = rows.X[_compared(task)].astype(str).assign(**{"\0target": rows.y})
    return pd.util.hash_pandas_object(table, index=False).to_numpy()


def _chance_of_twin(task: Task, rows: Rows) -> float:
    """Share of rows that would find their inputs among the others, were the columns independent."""
    match = 1.0
    for name in _compared(task):
        shares = rows.X[name].astype(str).value_counts(normalize=True).to_numpy()
        match *= float(np.sum(shares**2))
    return float(-np.expm1(len(rows) * np.log1p(-min(match, 1 - 1e-12))))
