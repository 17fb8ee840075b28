"""Names in the source of a block: what they are imported as, and what the block defines."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """Names of a block.

    Parameters
    ----------
    imported : mapping
        Full name of each imported one, as in ``{"LR": "sklearn.linear_model.LogisticRegression"}``.
    functions, classes : mapping
        The block's own; methods are no functions.
    used : frozenset of str
        Names that the code reads.
    """

    imported: Mapping[str, str]
    functions: Mapping[str, ast.FunctionDef]
    classes: Mapping[str, ast.ClassDef]
    used: frozenset[str]

    def full(self, node: ast.expr) -> str:
        """Name what an expression refers to, in full; empty where that is no import."""
        match node:
            case ast.Name(id=name):
                return self.imported.get(name, "")
            case ast.Attribute(value=value, attr=attr) if above := self.full(value):
                return f"{above}.{attr}"
        return ""

    def base(self, node: ast.expr, depth: int = 0) -> str:
        """Name what is called, in full: a class of the block's own by the first imported one that it derives from.

        One that takes other arguments, or derives from scikit-learn's base classes alone, goes by its own name.
        """
        own = self.classes.get(node.id) if isinstance(node, ast.Name) else None
        if own is None or depth > len(self.classes):
            return self.full(node)
        if "__init__" in _methods(own):
            return own.name
        bases = [self.base(base, depth + 1) for base in own.bases]
        return next((b for b in bases if b and not b.startswith("sklearn.base.")), own.name)


def read_names(tree: ast.Module) -> Names:
    """Read the names of a block's source."""
    nodes = list(ast.walk(tree))
    classes = {node.name: node for node in nodes if isinstance(node, ast.ClassDef)}
    methods = [method for own in classes.values() for method in _methods(own).values()]
    return Names(
        imported=dict(pair for node in nodes for pair in _imported(node)),
        functions={node.name: node for node in nodes if isinstance(node, ast.FunctionDef) and node not in methods},
        classes=classes,
        used=frozenset(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)),
    )


def _imported(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                top = alias.name.partition(".")[0]
                yield (alias.asname, alias.name) if alias.asname else (top, top)
        case ast.ImportFrom(module=str(module), names=names):
            for alias in names:
                yield alias.asname or alias.name, f"{module}.{alias.name}"


def _methods(own: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in own.body if isinstance(node, ast.FunctionDef)}
