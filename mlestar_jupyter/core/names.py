"""Names in source: which are bound, which are used, and how one is changed."""

from __future__ import annotations

import ast
import builtins
import io
import keyword
import re
import symtable
import tokenize
from collections.abc import Iterator, Mapping

_BUILTINS = frozenset(name for name in dir(builtins) if name[0] != "_" and not keyword.iskeyword(name))


def with_free_names(tail: str, blocks: str, alone: str) -> str:
    """Rename in a script's tail what its blocks name too, so that neither changes the other.

    Builtins get another name as well, where a block has a name like theirs. A text in an f-string is not renamed.

    Parameters
    ----------
    tail, blocks : str
        Source; the tail calls ``build``, which the blocks define.
    alone : str
        The body of a function in the tail that uses no name from outside it but builtins.
    """
    mark = "    pass  # stands for the body\n"
    text = tail.replace(alone, mark)
    used = set(_global_names(_table(text)))
    clashing = (used | _BUILTINS) & _bound_names(blocks, text) - {"build"}
    words = set(re.findall(r"\w+", blocks + tail))
    names = {name: _free(name, words) for name in sorted(clashing & used)}
    text = rename(text, names)
    for name, free in names.items():  # an import keeps the name that it looks for
        text = re.sub(rf"^((?:from \S+ )?import) {free}$", rf"\1 {name} as {free}", text, flags=re.MULTILINE)
    hidden = sorted(clashing & _BUILTINS)
    imports = "".join(f"from builtins import {name} as {names[name]}\n" for name in hidden if name in names)
    local = "".join(f"    from builtins import {name}\n" for name in hidden)
    return ("\n\n" + imports if imports else "") + text.replace(mark, local + alone)


def _free(name: str, words: set[str]) -> str:
    while name in words:
        name += "_"
    return name


def _table(source: str) -> symtable.SymbolTable:
    return symtable.symtable(source, "<source>", "exec")


def outside_names(source: str) -> set[str]:
    """Names in source that are looked up outside its functions."""
    return set(_global_names(_table(source)))


def _global_names(table: symtable.SymbolTable) -> Iterator[str]:
    """Names that a module looks up among its own or the builtins."""
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        if (top or symbol.is_global()) and not symbol.get_name().startswith("__"):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _global_names(child)


def _bound_names(blocks: str, text: str) -> set[str]:
    """Names that blocks bind at their top level, without imports that the text has too.

    All that the text names where that is not known, as after ``from x import *``.
    """
    tree, same = ast.parse(blocks), set(_imports(ast.parse(text)))
    if any(_hides_names(node) for node in ast.walk(tree)):
        return set(_global_names(_table(text))) | _BUILTINS
    for node in ast.walk(tree):
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            kept = [alias for alias in node.names if _import(node, alias) not in same]
            node.names = kept or [ast.alias("__main__")]
    return set(_bound(_table(ast.unparse(tree))))


def _hides_names(node: ast.AST) -> bool:
    match node:
        case ast.ImportFrom(names=[ast.alias(name="*")]) | ast.Name(id="globals" | "exec"):
            return True
    return False


def _imports(tree: ast.Module) -> Iterator[tuple[str, str, str | None]]:
    for node in tree.body:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (_import(node, alias) for alias in node.names)


def _import(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> tuple[str, str, str | None]:
    return (node.module or "" if isinstance(node, ast.ImportFrom) else ""), alias.name, alias.asname


def _bound(table: symtable.SymbolTable) -> Iterator[str]:
    top = table.get_type() == "module"
    for symbol in table.get_symbols():
        binds = symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()
        if binds and (top or symbol.is_declared_global()):
            yield symbol.get_name()
    for child in table.get_children():
        yield from _bound(child)


def rename(source: str, names: Mapping[str, str]) -> str:
    """Rename whole names in source and keep all else; attributes and keyword arguments are not names."""
    tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    lines = io.StringIO(source).readlines()  # as Python counts lines: only a line feed ends one
    depth, edits = 0, []
    for position, token in enumerate(tokens):
        if token.type == tokenize.OP:
            depth += (token.string in "([{") - (token.string in ")]}")
        if token.type != tokenize.NAME or token.string not in names:
            continue
        is_attribute = position > 0 and tokens[position - 1].string == "."
        is_keyword = depth > 0 and tokens[position + 1].string == "=" and tokens[position - 1].string in "(,"
        if not is_attribute and not is_keyword:
            edits.append((token.start, token.end, names[token.string]))
    for (row, start), (_, end), text in reversed(edits):
        line = lines[row - 1]
        lines[row - 1] = line[:start] + text + line[end:]
    return "".join(lines)
