"""The part of some modules that a program needs, as the source of one module: definitions by which others are reached.

What is reached is found by name: a function or constant by its name, a method by an attribute of that name.
"""

from __future__ import annotations

import ast
import copy
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from mlestar_jupyter.core.names import outside_names


@dataclass
class _Part:
    """A definition, or a method of a class, with the comments above it.

    Parameters
    ----------
    names : set of str
        That it binds; of a method with a point before.
    text : str
        Its source, with the blank lines before it.
    uses : set of str
        Names in it, and attributes with a point before.
    methods : list of _Part
        Of a class, those that are left out where they are not reached.
    """

    names: set[str]
    text: str
    uses: set[str]
    methods: list[_Part] = field(default_factory=list)

    def written(self, reached: Collection[str]) -> str:
        """Its source, without methods that are not reached."""
        return self.text + "".join(method.text for method in self.methods if method.names & set(reached))


def excerpt(
    texts: Sequence[str],
    wanted: Collection[str],
    entries: Mapping[str, Collection[str]],
    unwanted: Collection[str] = (),
) -> str:
    """Write of some modules what is needed for some names; each must be bound in one of them only.

    Parameters
    ----------
    texts : sequence of str
        Source of the modules, in the order of their imports.
    wanted : collection of str
        Names of definitions, and of methods with a point before; these definitions keep all that explains them.
    entries : mapping
        By the name of a dictionary, the keys of the entries that are kept.
    unwanted : collection of str
        Methods that are left out though other classes have an attribute of their name.
    """
    imports: dict[str, str] = {}
    parts: list[_Part] = []
    for text in texts:
        without = _briefly(_without_entries(text, entries), wanted)
        imports |= _imports(ast.parse(without))
        parts += _parts(without)
    reached = _reached(parts, set(wanted), set(unwanted))
    kept = "".join(part.written(reached) for part in parts if part.names & reached)
    return _head(imports, reached) + re.sub(r"\n{3,}", "\n\n", kept)


def _reached(parts: Sequence[_Part], wanted: set[str], unwanted: set[str]) -> set[str]:
    """All names that are used in what is kept."""
    reached: set[str] = set()
    while wanted - reached:
        reached |= wanted
        kept = [part for part in parts if part.names & reached]
        kept += [method for part in kept for method in part.methods if method.names & reached]
        wanted = {name for part in kept for name in part.uses} - unwanted
    return reached


def _head(imports: Mapping[str, str], reached: set[str]) -> str:
    """Write the imports that are used, those from one module in a line."""
    lines = {imports[name] for name in reached & set(imports)}
    named: dict[str, list[str]] = {}
    for line in sorted(lines):
        module, _, name = line.partition(" import ")
        named.setdefault(module, []).append(name)
    return "".join(
        f"{module} import {', '.join(names)}\n" if names[0] else f"{module}\n"
        for module, names in sorted(named.items(), key=lambda item: (item[0].startswith("from"), item[0]))
    )


def _parts(text: str) -> Iterator[_Part]:
    """Take a module to parts."""
    lines, end = text.splitlines(keepends=True), 0
    body = ast.parse(text).body
    for node, after in zip(body, [*body[1:], None], strict=True):
        stop = node.end_lineno or end
        if isinstance(node, (ast.Import, ast.ImportFrom)) or (_is_text(node) and node is body[0]):
            end = stop
            continue
        if _is_text(node):
            continue  # was taken with what it explains
        if after is not None and _is_text(after):
            stop = after.end_lineno or stop
        yield _part(node, lines, end, stop)
        end = stop


def _part(node: ast.stmt, lines: Sequence[str], start: int, stop: int) -> _Part:
    if isinstance(node, ast.FunctionDef):
        return _Part({node.name}, "".join(lines[start:stop]), set(_uses(node)))
    if not isinstance(node, ast.ClassDef):
        return _Part(set(_bound(node)), "".join(lines[start:stop]), set(_uses(node)))
    methods = [n for n in node.body if isinstance(n, ast.FunctionDef) and not n.name.startswith("__")]
    bare = copy.copy(node)
    bare.body = [n for n in node.body if n not in methods] or [ast.Pass()]
    part, end = _Part({node.name}, "", set(_uses(bare)) - {node.name}), start
    for inner in node.body:
        after = inner.end_lineno or stop
        if inner in methods and isinstance(inner, ast.FunctionDef):
            part.methods.append(_Part({f".{inner.name}"}, "".join(lines[end:after]), set(_uses(inner))))
        else:
            part.text += "".join(lines[end:after])
        end = after
    return part


def _briefly(text: str, wanted: Collection[str]) -> str:
    """Keep the first line of what explains functions and classes, and all that explains those which are wanted."""
    lines = text.splitlines(keepends=True)
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.ClassDef)) or node.name in wanted or not _is_text(node.body[0]):
            continue
        first, last = node.body[0].lineno, node.body[0].end_lineno or node.body[0].lineno
        if last > first:
            lines[first - 1] = lines[first - 1].rstrip() + '"""\n'
            lines[first:last] = [""] * (last - first)
    return "".join(lines)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _bound(node: ast.stmt) -> Iterator[str]:
    """Names that an assignment binds."""
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    for target in targets:
        yield from (inner.id for inner in ast.walk(target) if isinstance(inner, ast.Name))


def _uses(*nodes: ast.AST) -> Iterator[str]:
    """Names from outside some source, and attributes with a point before; those in annotations that are text too."""
    for node in nodes:
        yield from outside_names(ast.unparse(node))
        for inner in ast.walk(node):
            match inner:
                case ast.Attribute(attr=name):
                    yield f".{name}"
                case ast.arg(annotation=ast.Constant(value=str(text))):
                    yield from _uses(ast.parse(text))
            match inner:
                case ast.FunctionDef(returns=ast.Constant(value=str(text))):
                    yield from _uses(ast.parse(text))


def _imports(tree: ast.Module) -> dict[str, str]:
    """The imports of a module from outside this package, by the name that they bind."""
    found: dict[str, str] = {}
    for node in tree.body:
        match node:
            case ast.Import(names=names):
                found |= {name.asname or name.name: ast.unparse(ast.Import([name])) for name in names}
            case ast.ImportFrom(module=str(module), names=names) if not module.startswith("mlestar_jupyter"):
                found |= {name.name: f"from {module} import {name.name}" for name in names}
    return found


def _without_entries(text: str, entries: Mapping[str, Collection[str]]) -> str:
    """Leave out entries of dictionaries."""
    lines = text.splitlines(keepends=True)
    for node in reversed(ast.parse(text).body):
        name = next(iter(_bound(node)), "")
        value = getattr(node, "value", None)
        if name not in entries or not isinstance(value, ast.Dict):
            continue
        kept = [
            f"    {ast.get_source_segment(text, key)}: {ast.get_source_segment(text, entry)},\n"
            for key, entry in zip(value.keys, value.values, strict=True)
            if isinstance(key, ast.Constant) and key.value in entries[name]
        ]
        first, last = value.lineno - 1, value.end_lineno or value.lineno
        rest = re.sub(r"^\}\s*# fmt: skip", "}", lines[last - 1][(value.end_col_offset or 1) - 1 :])
        lines[first:last] = [lines[first][: value.col_offset] + "{\n", *kept, rest]
    return "".join(lines)
