"""What the detectors of leakage share.

No single threshold separates leaks from honest columns, so evidence is graded and nothing is dropped without asking
(Kaufman et al., TKDD 2012; Kapoor & Narayanan, Patterns 2023).
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs, Detector
from mlestar_jupyter.core.texts import some_of
from mlestar_jupyter.problems.registry import problem_of


class LeakageDetector(Detector):
    """Looks for ways in which the target, or the future, leaks into the inputs."""

    kind: ClassVar[str] = "leakage"
    page: ClassVar[str] = "docs/checks.md"


def codes(values: pd.Series) -> np.ndarray:
    """Numbers as they are, other values as codes; missing ones as NaN."""
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("int64").to_numpy(dtype=float)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float, na_value=np.nan)
    numbers = pd.to_numeric(values, errors="coerce")
    if numbers.notna().mean() > 0.9:  # noqa: PLR2004 - numbers stored as text
        return numbers.to_numpy(dtype=float)
    found = pd.factorize(values, sort=True)[0].astype(float)
    found[found < 0] = np.nan
    return found


def rank_effect(values: np.ndarray, inputs: CheckInputs) -> tuple[float, float]:
    """Strongest rank correlation with the target and its p; with several classes each against the rest."""
    from scipy.stats import spearmanr

    y = inputs.development.y
    targets = [(y == k).astype(float) for k in np.unique(y)] if problem_of(inputs.task).has_labels else [y]
    if np.ptp(values) == 0 or min(float(np.ptp(t)) for t in targets) == 0:
        return 0.0, 1.0
    found = [r for t in targets if np.isfinite((r := spearmanr(values, t)).statistic)]
    if not found:
        return 0.0, 1.0
    top = max(found, key=lambda r: abs(r.statistic))
    return abs(float(top.statistic)), min(1.0, float(top.pvalue) * max(1, len(found) - 1))


def columns_left(inputs: CheckInputs) -> pd.DataFrame:
    """The development rows' columns that the cleaning block of any member leaves or makes, with its values.

    A column that was dropped can give nothing away, and one that was made of it can.
    """
    X, solution = inputs.development.X, inputs.score.candidate.solution
    cleaned = [
        member.build().named_steps["cleaning"].transform(X.copy())
        for member in solution.members or (solution.single(),)
    ]
    found: dict[str, pd.Series] = {}
    for frame in cleaned:
        own = frame if len(frame) == len(X) else X  # of a block that drops rows, the table's own values
        found |= {name: own[name] for name in frame if name not in found and name in own}
    order = [*(name for name in X if name in found), *(name for name in found if name not in X)]
    return pd.DataFrame({name: found[name].reset_index(drop=True) for name in order})


def dropped_words(inputs: CheckInputs, left: pd.DataFrame) -> str:
    """Name the columns that are not looked at; empty where all are."""
    dropped = [str(name) for name in inputs.development.X if name not in left]
    return f"; dropped in the cleaning block: {some_of(dropped)}" if dropped else ""
