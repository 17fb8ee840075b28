"""A view: the plain content of a result, rendered as HTML and as text from the same parts."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import pandas as pd
    from jinja2 import Environment
    from matplotlib.figure import Figure

Status = Literal["pass", "fail", "advice", "info"]
_MARKS: dict[str, str] = {"pass": "✓ pass", "fail": "✗ fail", "advice": "! advice", "info": "· note"}


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a view: a heading with a sentence, a table, a chart or a list of lines.

    Parameters
    ----------
    heading : str
    text : str
        A sentence or a paragraph.
    table : DataFrame, optional
        Shown as given; numbers are rounded for reading.
    figure : matplotlib Figure, optional
        Shown as PNG; `alt` describes it in words.
    alt : str
    lines : tuple of (Status, str)
        Each with a mark in words, never by colour alone.
    code : str
        Source shown as it is.
    folded : bool
        Whether the section starts closed.
    """

    heading: str = ""
    text: str = ""
    table: pd.DataFrame | None = None
    figure: Figure | None = None
    alt: str = ""
    lines: tuple[tuple[Status, str], ...] = ()
    code: str = ""
    folded: bool = False


@dataclass(frozen=True, eq=False)
class View:
    """A titled result with one summary sentence and its sections."""

    title: str
    summary: str
    sections: tuple[Section, ...] = field(default=())

    def html(self) -> str:
        """Render as self-contained HTML that also reads well without styles or scripts."""
        template = _templates().get_template("view.html.j2")
        return template.render(view=self, marks=_MARKS, table_html=_table_html, png=_png)

    def text(self) -> str:
        """Render as plain text."""
        parts = [f"== {self.title} ==", self.summary]
        for section in self.sections:
            parts.append("")
            if section.heading:
                parts.append(f"-- {section.heading} --")
            if section.text:
                parts.append(section.text)
            if section.table is not None:
                parts.append(section.table.to_string(index=False, float_format=_number, max_colwidth=60))
            parts.extend(f"{_MARKS[status]}: {line}" for status, line in section.lines)
            if section.alt:
                parts.append(f"[chart: {section.alt}]")
            if section.code:
                parts.append(section.code)
        return "\n".join(parts)


class Viewed:
    """Gives a result its HTML and text forms from its `view`."""

    def view(self) -> View:
        """Build the view: each result says what it shows."""
        raise TypeError(f"{type(self).__name__} has no view")

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        view = self.view()
        return {"text/html": view.html(), "text/plain": view.text()}

    def _repr_html_(self) -> str:
        return self.view().html()

    def __repr__(self) -> str:
        return self.view().text()


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    return Environment(loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _number(value: float) -> str:
    return f"{value:.4g}" if abs(value) < 1000 else f"{value:,.0f}"  # noqa: PLR2004


def _table_html(table: pd.DataFrame) -> str:
    html: str = table.to_html(
        index=False, float_format=_number, border=0, classes="mlestar-table", escape=True, na_rep="–"
    )
    return html


def _png(figure: Figure) -> str:
    from io import BytesIO

    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    return base64.b64encode(buffer.getvalue()).decode()
