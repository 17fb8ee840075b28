"""Families of solutions: those with the same estimator, whatever stands around it."""

from __future__ import annotations

import re

from mlestar_jupyter.core.solution import Solution

_WRAPPERS = {"VotingClassifier", "VotingRegressor", "CalibratedClassifierCV", "TransformedTargetRegressor"}
_ESTIMATOR = re.compile(r"^from [\w.]+ import (.+)$", re.MULTILINE)


def family(solution: Solution) -> str:
    """Name the estimators that a model block imports, whatever averages, calibrates or transforms around them."""
    source = solution.blocks["model"]
    names = {n.strip() for line in _ESTIMATOR.findall(source) for n in line.split(",")}
    return " ".join(sorted(n for n in names - _WRAPPERS if n[:1].isupper())) or source
