"""Recipes of the ``cleaning`` block: what each modality wants done, put together."""

from __future__ import annotations

import ast

from mlestar_jupyter.core.task import Task
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.modalities.ignored import Ignored
from mlestar_jupyter.modalities.registry import by_modality, input_columns, modality_of

_NUMPY = "import numpy as np"
_USELESS = "tell rows apart or never vary: nothing to learn"
_UNWANTED = "tell rows apart, never vary, or are not wanted"


def cleaning(task: Task, *, codes: bool = False) -> str:
    """Drop what cannot be learned from, convert what is stored as text, split dates into their parts.

    Parameters
    ----------
    codes : bool
        Whether whole numbers with few values are taken as categories.
    """
    kept = [c for c in input_columns(task) if c.name != task.group]
    present = list(by_modality(kept))
    parts = [modality.cleaning(task, columns, kept) for modality, columns in present]
    sentinels = [(c.name, values) for c in kept if (values := modality_of(c).gaps(c))]
    imports = {line for part in parts for line in part.imports} | ({_NUMPY} if sentinels else set())
    names = {c.name for c in kept}
    return render(
        "cleaning",
        imports=sorted(imports, key=lambda line: (line.startswith("from "), line)),
        words="".join(f", {modality.cleaned}" for modality, _ in present if modality.cleaned),
        drop=[c.name for c in task.columns if c.name not in names],
        why=_UNWANTED if any(c.role == Ignored.name for c in task.columns) else _USELESS,
        typed=[part.typed for part in parts],
        sentinels=sentinels,
        recoded=[part.recoded for part in parts] if codes else [],
        filled=[part.filled for part in parts],
        split=[part.split for part in parts],
    )


def least_cleaning(task: Task) -> str:
    """Leave everything as it is but what no preprocessor takes: dates become text, infinities missing."""
    body = "".join(modality.least(columns) for modality, columns in by_modality(list(task.columns)))
    used = {node.id for node in ast.walk(ast.parse(f"X{body}")) if isinstance(node, ast.Name)}
    head = f"{_NUMPY}\n\n\n" if "np" in used else ""
    why = "  # the least that the other blocks take" if body else ""
    return f'{head}def clean(X):\n    """The table as it is."""\n    return X{body}{why}\n'
