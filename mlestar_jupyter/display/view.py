"""A view: the plain content of a result, rendered as HTML and as text from the same parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mlestar_jupyter.core.quoting import visible
from mlestar_jupyter.display.parts import Action, Diff, DiffPart, Entry, Link, Status
from mlestar_jupyter.display.rendering import MARKS, render, table_text

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["MIME", "Action", "Diff", "DiffPart", "Entry", "Link", "Section", "Status", "View", "Viewed"]

MIME = "application/vnd.mlestar.view.v1+json"
"""Tells our JupyterLab extension that the HTML of the same bundle is a view."""


@dataclass(frozen=True, eq=False)
class Section:
    """One part of a view: a heading with a sentence, a table, a chart, lines, entries, a diff or code.

    Parameters
    ----------
    heading : str
    text : str
        A sentence or a paragraph.
    table : DataFrame, optional
        Shown as given; numbers are rounded for reading.
    meters : tuple of str
        Columns of the table whose shares, 0 to 1, are drawn as bars beside the figure.
    figure : matplotlib Figure, optional
        Shown as PNG; `alt` describes it in words.
    alt : str
    lines : tuple of (Status, str)
        Each with a mark in words, never by colour alone.
    entries : tuple of Entry
        A list or a tree whose items unfold.
    diff : Diff, optional
    code : str
        Source shown as it is.
    actions : tuple of Action
        What the human may do next.
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
    meters: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()
    diff: Diff | None = None
    actions: tuple[Action, ...] = ()

    def text_lines(self) -> list[str]:
        """Render as plain text."""
        lines = [visible(f"-- {self.heading} --")] if self.heading else []
        if self.text:
            lines.append(visible(self.text, keep="\n"))
        if self.table is not None:
            lines.append(table_text(self.table))
        lines += [visible(f"{MARKS[status]}: {line}") for status, line in self.lines]
        if self.alt:
            lines.append(visible(f"[chart: {self.alt}]"))
        for entry in self.entries:
            lines += entry.text_lines()
        if self.diff is not None:
            lines.append(visible(self.diff.text(), keep="\n\t"))
        if self.code:
            lines.append(visible(self.code, keep="\n\t"))
        if self.actions:
            lines += [action.text() for action in self.actions]
        return lines


@dataclass(frozen=True, eq=False)
class View:
    """A titled result with one summary sentence and its sections."""

    title: str
    summary: str
    sections: tuple[Section, ...] = field(default=())

    def html(self) -> str:
        """Render as self-contained HTML that also reads well without styles or scripts."""
        return render("view.html.j2", view=self)

    def text(self) -> str:
        """Render as plain text."""
        parts = [visible(part) for part in ((f"== {self.title} ==", self.summary) if self.title else (self.summary,))]
        for section in self.sections:
            parts += ["", *section.text_lines()]
        return "\n".join(parts)


class Viewed:
    """Gives a result its HTML and text forms from its `view`."""

    def view(self) -> View:
        """Build the view: each result says what it shows."""
        raise TypeError(f"{type(self).__name__} has no view")

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        view = self.view()
        return {"text/html": view.html(), "text/plain": view.text(), MIME: {"v": 1}}

    def _repr_html_(self) -> str:
        return self.view().html()

    def __repr__(self) -> str:
        return self.view().text()
