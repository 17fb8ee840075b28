"""LEAK008: missing values that give the target away, and columns that are named like it and associated with it."""

from __future__ import annotations

import difflib
import re

import numpy as np
import pandas as pd

from mlestar_jupyter.checks.base import CheckInputs, Finding
from mlestar_jupyter.checks.leakage.base import LeakageDetector, columns_left, rank_effect
from mlestar_jupyter.data.association import association
from mlestar_jupyter.problems.registry import problem_of

_ALIKE, _SHORTEST, _STRONG = 0.85, 4, 0.5


class Missingness(LeakageDetector):
    """Correlates missing values with the target, and associates columns of like names with it."""

    code = "LEAK008"
    title = "Missingness and names"

    def look(self, inputs: CheckInputs) -> Finding:
        """Look at missing values and names."""
        left = columns_left(inputs)
        raw = inputs.development.X.reset_index(drop=True)
        missing = pd.DataFrame({c: raw[c] if c in raw else left[c] for c in left}).isna()  # cleaning may fill them in
        strengths = {
            c: rank_effect(missing[c].to_numpy(dtype=float), inputs)[0]
            for c in map(str, missing)
            if 0 < missing[c].mean() < 1
        }
        named = {c: _association(inputs, left[c]) for c in map(str, missing) if _named_alike(c, inputs.task.target)}
        names = ", ".join(f"{c} (association {v:.2f})" for c, v in named.items()) or "none"
        evidence = f"{_strongest(strengths)}; names like the target: {names}"
        columns = [c for c, v in (strengths | named).items() if v > _STRONG or strengths.get(c, 0.0) > _STRONG]
        if columns:
            where = ", ".join(columns)
            remedy = f"Find out when values are filled in ({where}); drop what comes after the target is known."
            return self.suspect(evidence, remedy)
        return self.clear(evidence)


def _strongest(strengths: dict[str, float]) -> str:
    top = max(strengths, key=lambda c: strengths[c], default=None)
    if top is None:
        return "no column has missing values"
    return f"strongest: whether {top} is missing, rank correlation {strengths[top]:.3f} with the target"


def _named_alike(name: str, target: str) -> bool:
    left, right = (re.sub(r"[\W_]", "", text).casefold() for text in (name, str(target)))
    if min(len(left), len(right)) < _SHORTEST:
        return False
    return left in right or right in left or difflib.SequenceMatcher(None, left, right).ratio() >= _ALIKE


def _association(inputs: CheckInputs, values: pd.Series) -> float:
    is_numeric = pd.api.types.is_numeric_dtype(values)
    found = association(
        values, inputs.development.y, is_numeric=is_numeric, is_classification=problem_of(inputs.task).has_labels
    )
    return found if np.isfinite(found) else 0.0
