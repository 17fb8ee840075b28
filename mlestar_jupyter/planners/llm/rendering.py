"""Prompts: one file a role in ``prompts/``; text from outside stands in them between fences alone."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.templates import text_templates
from mlestar_jupyter.planners.llm.text import fenced

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = Path(__file__).parent / "prompts"


@cache
def _environment() -> Environment:
    return text_templates(FOLDER, fenced=fenced)


def render(role: str, **values: object) -> str:
    """Fill a role's prompt in; every value that it names must be given.

    Raises
    ------
    jinja2.UndefinedError
        When one is missing: a defect of ours.
    """
    return _environment().get_template(f"{role}.md.j2").render(**values).strip("\n") + "\n"
