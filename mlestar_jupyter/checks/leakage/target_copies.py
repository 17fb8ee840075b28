"""LEAK001: a column that is the target under another name or scale."""

from __future__ import annotations

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector, codes, columns_left, dropped_words
from mlestar_jupyter.problems.registry import problem_of

_SAME = 0.999


class TargetCopies(LeakageDetector):
    """Looks for columns that determine the class one to one, or follow a numeric target by rank."""

    code = "LEAK001"
    title = "Copy of the target"

    def look(self, inputs: CheckInputs) -> Finding:
        """Compare each column that the cleaning block leaves with the target."""
        left = columns_left(inputs)
        copies = [c for c in left if _is_copy(inputs, left[c])]
        if copies:
            names = ", ".join(map(str, copies))
            return self.found(f"the target in disguise: {names}", f"Drop {names} in the cleaning block.")
        words = f"none of {left.shape[1]} columns follows the target exactly{dropped_words(inputs, left)}"
        return self.clear(words)


def _is_copy(inputs: CheckInputs, values: pd.Series) -> bool:
    y, numbers = inputs.development.y, codes(values)
    known = np.isfinite(numbers)
    if known.mean() < 0.5 or len(np.unique(numbers[known])) < 2:  # noqa: PLR2004
        return False
    if not problem_of(inputs.task).has_labels:
        return bool(abs(pd.Series(numbers[known]).corr(pd.Series(y[known]), method="spearman")) > _SAME)
    if len(np.unique(numbers[known])) > len(inputs.task.classes) * 2:
        return False
    pairs = pd.crosstab(numbers[known], y[known])
    if len(set(pairs.to_numpy().argmax(axis=1))) < len(np.unique(y[known])):
        return False  # a rare class would make any column right in 99.9 % of the rows
    return bool(pairs.max(axis=1).sum() / pairs.to_numpy().sum() > _SAME)
