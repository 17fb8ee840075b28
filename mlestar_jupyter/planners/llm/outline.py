"""A solution in a few lines: what each block defines, for roles that need no code."""

from __future__ import annotations

import ast
from collections.abc import Mapping

_LONGEST = 100


def outline(blocks: Mapping[str, str]) -> str:
    """Name what each block defines, with the first line of its docstring.

    >>> print(outline({"model": 'def make_model(**params):\\n    "Boosted trees."\\n    return Boosted(**params)'}))
    model: make_model (Boosted trees.) gives Boosted(**params)
    """
    return "\n".join(f"{name}: {_of_block(source)}" for name, source in blocks.items())


def _of_block(source: str) -> str:
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return "does not parse"
    return ", ".join(filter(None, map(_of_statement, tree.body)))


def _of_statement(node: ast.stmt) -> str:
    match node:
        case ast.FunctionDef(name=name, body=body):
            gives = f" gives {_short(body[-1].value)}" if isinstance(body[-1], ast.Return) and body[-1].value else ""
            return name + _title(node) + gives
        case ast.ClassDef(name=name):
            return name + _title(node)
        case ast.Assign(targets=[ast.Name(id=name)], value=value):
            return f"{name} = {_short(value)}"
    return ""


def _title(node: ast.FunctionDef | ast.ClassDef) -> str:
    first = (ast.get_docstring(node) or "").partition("\n")[0][:_LONGEST]
    return f" ({first})" if first else ""


def _short(expression: ast.expr) -> str:
    return ast.unparse(expression)[:_LONGEST]
