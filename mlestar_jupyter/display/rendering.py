"""How values become HTML and text: the templates, numbers, tables and charts as images."""

from __future__ import annotations

import base64
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mlestar_jupyter.core.quoting import visible
from mlestar_jupyter.core.templates import html_templates
from mlestar_jupyter.display.numbers import number

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment
    from matplotlib.figure import Figure

MARKS: dict[str, str] = {"pass": "✓ pass", "fail": "✗ fail", "advice": "! advice", "info": "· note"}

_DPI = 144
_CSS_PIXELS = 96
"""An inch in CSS: the image has half as many pixels again, and stays crisp on fine screens."""
_SHORT = 30
"""Letters that a cell keeps on one line."""
_TEMPLATES = Path(__file__).parent / "templates"


class Cell(NamedTuple):
    """A table's cell: what it says, whether that stays on one line, and its share when it has a bar."""

    text: str
    short: bool
    share: float | None


class Image(NamedTuple):
    """A PNG for a data address, with its width in CSS pixels."""

    data: str
    width: int


def render(name: str, folder: Path = _TEMPLATES, /, **values: object) -> str:
    """Render a template of HTML, by default one of this package."""
    return _templates(folder).get_template(name).render(**values)


@cache
def _templates(folder: Path) -> Environment:
    return html_templates(folder, marks=MARKS, style=_style(), png=png, cells=cells)


def _style() -> str:
    """The style sheet without comments and line breaks: every output carries it."""
    css = re.sub(r"/\*.*?\*/", "", (_TEMPLATES / "view.css").read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", css)).strip()


def cells(table: pd.DataFrame, meters: tuple[str, ...] = ()) -> list[list[Cell]]:
    """Cells of a table, row by row; what is missing is a dash."""
    rows = table.itertuples(index=False, name=None)
    return [[_cell(value, name in meters) for name, value in zip(table.columns, row, strict=True)] for row in rows]


def _cell(value: object, has_bar: bool) -> Cell:  # noqa: FBT001 - a column has a bar or not
    import pandas as pd

    if value is None or value is pd.NA or (isinstance(value, float) and value != value):
        return Cell("–", short=True, share=None)
    if isinstance(value, bool) or not hasattr(value, "__float__") or isinstance(value, str):
        return Cell(str(value), short=len(str(value)) <= _SHORT, share=None)
    plain = float(value)
    text = number(plain) if isinstance(value, float) else f"{value:,}"
    return Cell(text, short=True, share=min(1.0, max(0.0, plain)) if has_bar else None)


def table_text(table: pd.DataFrame) -> str:
    """Render a table as plain text."""
    text: str = table.to_string(index=False, float_format=number, max_colwidth=60)
    return visible(text, keep="\n")


def as_written(figure: Figure) -> Figure:
    """Draw every text of a chart as it is: a name from a table with two dollar signs is no formula."""
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        text.set_parse_math(False)
    return figure


def png(figure: Figure) -> Image:
    """Draw on nothing, so that the page's own background shows; the same figure gives the same bytes."""
    from io import BytesIO

    buffer = BytesIO()
    as_written(figure).savefig(
        buffer, format="png", dpi=_DPI, bbox_inches="tight", pad_inches=0.04, transparent=True,
        metadata={"Software": None},
    )  # fmt: skip
    data = buffer.getvalue()
    pixels = int.from_bytes(data[16:20], "big")  # the width in the image header
    return Image(base64.b64encode(data).decode(), round(pixels * _CSS_PIXELS / _DPI))
