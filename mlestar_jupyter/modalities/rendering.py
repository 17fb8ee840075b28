"""Rendering: templates of blocks become source; values are written as Python writes them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.templates import text_templates

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_LIST = 80
_FOLDER = Path(__file__).parent / "templates"


def fill(folder: Path, template: str, **values: object) -> str:
    """Fill in a template of a folder; every value that it names must be given."""
    text = _environment(folder).get_template(f"{template}.py.j2").render(**values)
    return text.strip("\n") + "\n"


def writer(template: str) -> Callable[..., str]:
    """Give the function that fills in a template of the modalities."""
    return partial(fill, _FOLDER, template)


@cache
def _environment(folder: Path) -> Environment:
    return text_templates(folder, literal=_in_lines)


def _in_lines(value: object) -> str:
    """Write a value, a long list in several lines."""
    text = literal(value)
    if not isinstance(value, (list, tuple)) or len(text) <= _LONGEST_LIST + 2:
        return text
    return text[0] + _wrapped([literal(item) for item in value]) + text[-1]


def _wrapped(items: Sequence[str]) -> str:
    """Set a long list in lines, never breaking an item: it may hold blanks."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LONGEST_LIST:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n" + "".join(f"        {line.rstrip()}\n" for line in lines) + "    "


def with_imports(source: str, lines: Collection[str]) -> str:
    """Add import lines at the top of a block, in order; names from a module that is there already go to its line.

    >>> print(with_imports("from b import c\\n\\n\\nx = c\\n", ["from b import d", "import a"]), end="")
    import a
    from b import c, d
    <BLANKLINE>
    <BLANKLINE>
    x = c
    """
    if not lines:
        return source
    rest = source.splitlines(keepends=True)
    head: dict[str, str] = {}
    while rest and rest[0].startswith(("import ", "from ")):
        line = rest.pop(0).rstrip("\n")
        head[line.partition(" import ")[0]] = line
    for line in lines:
        start, _, names = line.partition(" import ")
        present = head.get(start, line)
        known = present.partition(" import ")[2].partition("  #")[0].split(", ")
        lacking = [name for name in names.split(", ") if name not in known]
        head[start] = ", ".join([present, *lacking])
    ordered = sorted(head.values(), key=lambda line: (line.startswith("from "), line))
    return "\n".join(ordered) + "\n" + "".join(rest)
