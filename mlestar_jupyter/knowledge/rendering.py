"""Rendering: the templates of blocks become source; values are written as Python writes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.templates import text_templates

if TYPE_CHECKING:
    from jinja2 import Environment

_LONGEST_LIST = 80


def render(template: str, **values: Any) -> str:
    """Fill a template in; every value that it names must be given."""
    text = _environment().get_template(f"{template}.py.j2").render(**values)
    return text.strip("\n") + "\n"


@cache
def _environment() -> Environment:
    return text_templates(Path(__file__).parent / "templates", literal=_in_lines)


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
