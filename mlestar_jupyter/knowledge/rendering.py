"""Rendering: the templates of blocks become source."""

from __future__ import annotations

from pathlib import Path

from mlestar_jupyter.modalities.rendering import fill

_FOLDER = Path(__file__).parent / "templates"


def render(template: str, **values: object) -> str:
    """Fill a template in; every value that it names must be given."""
    return fill(_FOLDER, template, **values)
