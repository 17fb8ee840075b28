"""Groups of solutions: those with the same estimators, known or not, whatever stands around them."""

from __future__ import annotations

import ast

from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.families.names import read_names

_WRAPPERS = {"VotingClassifier", "VotingRegressor", "CalibratedClassifierCV", "TransformedTargetRegressor"}


def family(solution: Solution) -> str:
    """Name the classes that a model block imports and uses, whatever averages, calibrates or transforms around them."""
    source = solution.blocks["model"]
    tree = ast.parse(source)
    names = read_names(tree)
    used = [n for n in ast.walk(tree) if isinstance(n, (ast.Name, ast.Attribute)) and isinstance(n.ctx, ast.Load)]
    found = {names.full(node).rpartition(".")[2] for node in used}
    return " ".join(sorted(name for name in found - _WRAPPERS if name[:1].isupper())) or source
