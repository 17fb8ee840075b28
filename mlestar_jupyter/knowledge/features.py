"""Recipes of the ``features`` block: one technique or several, written, added to, and taken apart again."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence

from mlestar_jupyter.core.blocks import block_hash, with_marker
from mlestar_jupyter.knowledge.feature_techniques import technique_name
from mlestar_jupyter.knowledge.rendering import render
from mlestar_jupyter.modalities.techniques import Technique

_MODULES: Mapping[str, tuple[str, ...]] = {
    "sklearn.base": ("BaseEstimator", "TransformerMixin"),
    "sklearn.cluster": ("KMeans",),
    "sklearn.decomposition": ("PCA",),
    "sklearn.ensemble": ("ExtraTreesClassifier", "ExtraTreesRegressor"),
    "sklearn.impute": ("SimpleImputer",),
    "sklearn.model_selection": ("KFold", "StratifiedKFold"),
    "sklearn.pipeline": ("make_pipeline",),
    "sklearn.preprocessing": ("FunctionTransformer", "StandardScaler", "TargetEncoder"),
}
"""Where the names that techniques use come from."""


def features_none() -> str:
    """Leave the columns as they are."""
    return render("features_none")


def features(techniques: Sequence[Technique]) -> str:
    """Write a ``features`` block from one or more techniques."""
    if not techniques:
        return features_none()
    text = "\n\n".join(t.definition for t in techniques)
    expressions = [t.expression for t in techniques]
    made = expressions[0] if len(expressions) == 1 else f"make_pipeline({', '.join(expressions)})"
    end = f'\n\ndef make_features():\n    """Add columns; the given ones stay."""\n    return {made}\n'
    if expressions[-1] == "Selection()":
        end = end.replace("Add columns; the given ones stay.", "The columns that are worth it.")
    return _imports(text + end) + "\n\n\n" + text + end


def _imports(text: str) -> str:
    used = set(re.findall(r"[A-Za-z_]\w*", text))
    products = sorted(used & {"combinations", "combinations_with_replacement"})
    lines = [f"from itertools import {', '.join(products)}", ""] if products else []
    lines += [f"import {long} as {short}" for short, long in (("np", "numpy"), ("pd", "pandas")) if f"{short}." in text]
    for module, names in _MODULES.items():
        found = [name for name in names if name in used]
        if found:
            lines.append(f"from {module} import {', '.join(found)}")
    return "\n".join(lines)


def features_behind(block: str, techniques: Sequence[Technique]) -> str:
    """Add techniques behind what a block already makes, whoever wrote it."""
    earlier = f"make_earlier_features_{1 + len(re.findall(r'def make_earlier_features_', block))}"
    kept = re.sub(r"\bmake_features\b", earlier, re.sub(r"\A# mlestar:[^\n]*\n", "", block))
    imports, _, added = features(techniques).partition("\n\n\n")
    imports = re.sub(r"\n?from sklearn.pipeline import make_pipeline", "", imports)
    parts = ", ".join([f"{earlier}()", *(t.expression for t in techniques)])
    definitions = added.rpartition("def make_features")[0].rstrip()
    return (
        f"{imports}\nfrom sklearn.pipeline import make_pipeline\n\n{kept.strip()}\n\n\n{definitions}\n\n\n"
        f'def make_features():\n    """What was there, and more columns."""\n    return make_pipeline({parts})\n'
    )


def feature_steps(source: str) -> list[tuple[str, str]]:
    """Take a ``features`` block apart that our recipes wrote: what would it be without each of its techniques?

    Returns
    -------
    list of (name, source)
        A technique's name and the block's source without it, in the block's order; empty where the block is not ours
        as we wrote it, or has fewer than two techniques.
    """
    try:
        techniques = written_techniques(source)
    except SyntaxError:
        return []
    if len(techniques) < 2:
        return []
    return [(t.name, features([other for other in techniques if other is not t])) for t in techniques]


def written_techniques(source: str) -> list[Technique]:
    """Read the techniques of a ``features`` block; [] where it is not as our recipes write it.

    Raises
    ------
    SyntaxError
    """
    tree = ast.parse(source)
    defined = [node for node in tree.body if isinstance(node, (ast.FunctionDef, ast.ClassDef))]
    if not defined or defined[-1].name != "make_features" or not isinstance(defined[-1].body[-1], ast.Return):
        return []
    made = defined[-1].body[-1].value
    is_pipeline = isinstance(made, ast.Call) and ast.unparse(made.func) == "make_pipeline"
    calls = made.args if is_pipeline and isinstance(made, ast.Call) else [made]
    found = []
    for definition, call in zip(defined, calls, strict=False):
        expression = "" if call is None else ast.unparse(call)
        name = technique_name(expression)
        if name is None:
            return []
        found.append(Technique(name, f"{ast.get_source_segment(source, definition)}\n", expression))
    is_ours = block_hash(with_marker("features", features(found))) == block_hash(with_marker("features", source))
    return found if is_ours else []
