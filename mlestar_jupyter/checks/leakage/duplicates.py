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
_FEW = 5  # rows: so few twins flatter no score by much
_MOST_PAIRED = 40


class Duplicates(LeakageDetector):
    """Counts the holdout rows that are among the development rows.

    Identifiers are left out of the comparison. Small tables of categories have honest twins: the share is compared
    with what chance would give if each column depended on one other, and with the development rows among themselves.
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
        is_beyond = _is_beyond_chance(twins, chance) or _is_beyond(twins, within, len(ours))
        return self.found(text, remedy) if is_beyond and twins.sum() >= _FEW else self.suspect(text, remedy)


def _is_beyond_chance(twins: np.ndarray, chance: float) -> bool:
    """Whether far more rows have a twin than chance would give, and beyond noise."""
    from scipy import stats

    is_far = twins.mean() > _BEYOND_CHANCE * chance
    return bool(is_far and stats.binom.sf(int(twins.sum()) - 1, len(twins), chance) < _CERTAIN)


def _is_beyond(twins: np.ndarray, within: float, n_development: int) -> bool:
    """Whether far more rows have a twin than do within the development rows: by the odds, and beyond the noise of both.

    A table whose rows were copied from the other has twins for all, however many chance alone would give.
    """
    from scipy import stats

    count, repeated = int(twins.sum()), round(within * n_development)
    counts = [[count, len(twins) - count], [repeated, n_development - repeated]]
    is_far = count * (1 - within) > _BEYOND_CHANCE * within * (len(twins) - count)
    return bool(is_far and stats.fisher_exact(counts, alternative="greater").pvalue < _CERTAIN)


def _compared(task: Task) -> list[str]:
    return [c.name for c in input_columns(task) if c.name != task.group]


def _hashes(task: Task, rows: Rows) -> np.ndarray:
    """One hash a row; as text, since a holdout of its own may have been read with other types."""
    table = rows.X[_compared(task)].astype(str).assign(**{"\0target": rows.y})
    return pd.util.hash_pandas_object(table, index=False).to_numpy()


def _chance_of_twin(task: Task, rows: Rows) -> float:
    """Share of rows that would find their inputs among the others, were each column to depend on one other alone.

    Two rows agree in all columns with the probability of a tree of pairs, the most dependent ones (Chow & Liu 1968):
    columns that say the same are not counted twice.
    """
    distinct = np.unique(_hashes(task, rows), return_index=True)[1]  # copies would make all columns look dependent
    X = rows.X.iloc[distinct]
    codes = [pd.factorize(X[name].astype(str))[0] for name in _compared(task)]
    paired, others = codes[:_MOST_PAIRED], codes[_MOST_PAIRED:]
    match = float(np.prod([_agree(c) for c in others]))
    alone, left = [_agree(c) for c in paired], list(range(len(paired)))
    ties: dict[int, float] = {}  # how much likelier a column agrees where one that is in the tree does
    while left:
        best = max(left, key=lambda j: ties.get(j, 1.0))
        left.remove(best)
        match *= min(1.0, alone[best] * ties.get(best, 1.0))
        for j in left:
            both = _agree(paired[best] * (int(paired[j].max()) + 1) + paired[j])
            ties[j] = max(ties.get(j, 1.0), both / max(alone[best] * alone[j], 1e-18))
    return float(-np.expm1(len(rows) * np.log1p(-min(match, 1 - 1e-12))))


def _agree(codes: np.ndarray) -> float:
    """Probability that two rows have the same value."""
    counts = np.unique(codes, return_counts=True)[1]
    return float(np.sum(counts * (counts - 1))) / max(1, len(codes) * (len(codes) - 1))
