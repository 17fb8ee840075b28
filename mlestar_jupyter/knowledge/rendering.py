"""Rendering: the templates of blocks become source; values are written as Python writes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_LIST = 80


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True
    )
    environment.filters["literal"] = _literal
    return environment


def _literal(value: Any) -> str:
    """Write a value as Python does, text in double quotes."""
    if isinstance(value, str):
        return repr(value) if '"' in value or "\\" in value else f'"{value}"'
    if isinstance(value, (list, tuple)):
        first, last = "[]" if isinstance(value, list) else "()"
        items = list(map(_literal, value))
        text = ", ".join(items)
        return f"{first}{_wrapped(items) if len(text) > _LONGEST_LIST else text}{last}"
    return repr(value)


def _wrapped(items: Sequence[str]) -> str:
    """Set a long list in lines, never breaking an item: it may hold blanks."""
    lines = [""]
    for item in items:
        if len(lines[-1]) + len(item) > _LONGEST_LIST:
            lines.append("")
        lines[-1] += f"{item}, "
    return "\n" + "".join(f"        {line.rstrip()}\n" for line in lines) + "    "


def render(template: str, **values: Any) -> str:
    """Fill a template in; every value that it names must be given."""
    text = _environment().get_template(f"{template}.py.j2").render(**values)
    return text.strip("\n") + "\n"
