"""What a view is made of besides text, tables and charts: actions, links, diffs and entries."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mlestar_jupyter.core.quoting import visible

Status = Literal["pass", "fail", "advice", "info"]
Sign = Literal["+", "−", " ", "@"]

_CONTEXT = 3
_SIGNS: dict[str, Sign] = {"+": "+", "-": "−", "@": "@"}


@dataclass(frozen=True)
class Action:
    """Something that the human may do next: a magic.

    Where JupyterLab has our extension it becomes a button; elsewhere the reader sees what to type.

    Parameters
    ----------
    label : str
        A word or two, such as "Accept".
    command : str
        What follows ``%mlestar``, such as "accept 3fa2c1".
    key : str
        The key that does it while the entry has the focus; empty for none.
    """

    label: str
    command: str
    key: str = ""

    @property
    def magic(self) -> str:
        """The line to type."""
        return f"%mlestar {self.command}"

    def text(self) -> str:
        """Render as plain text."""
        return f"{self.label}: {self.magic}"


@dataclass(frozen=True)
class Link:
    """A text, and where it leads when that is a web address."""

    text: str
    address: str = ""

    @property
    def href(self) -> str:
        """The address when it is http or https, and else nothing: a card must not smuggle in a script."""
        return self.address if self.address.lower().startswith(("http://", "https://")) else ""


@dataclass(frozen=True)
class DiffPart:
    """Neighbouring lines of a diff, each with its sign; `folded` ones are the same on both sides."""

    lines: tuple[tuple[Sign, str], ...]
    folded: bool = False


@dataclass(frozen=True)
class Diff:
    """What differs between two texts, line by line, the unchanged stretches folded.

    Examples
    --------
    >>> print(Diff.between("a\\nb", "a\\nc").text())
      a
    − b
    + c
    """

    parts: tuple[DiffPart, ...]

    @classmethod
    def between(cls, before: str, after: str) -> Diff:
        """Compare two texts; both are kept whole, so that folded lines can be unfolded."""
        old, new = before.rstrip().splitlines(), after.rstrip().splitlines()
        lines: list[tuple[Sign, str]] = []
        for kind, i1, i2, j1, j2 in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            if kind == "equal":
                lines += [(" ", line) for line in old[i1:i2]]
            else:
                lines += [("−", line) for line in old[i1:i2]] + [("+", line) for line in new[j1:j2]]
        return cls(_fold(lines))

    @classmethod
    def read(cls, unified: str) -> Diff:
        """Read a unified diff, of one file or of several; line numbers are left out."""
        lines: list[tuple[Sign, str]] = []
        for line in unified.splitlines():
            if line.startswith("--- "):
                lines.append(("@", line[4:]))
            elif not line.startswith(("+++ ", "@@")):
                lines.append((_SIGNS.get(line[:1], " "), line[1:]))
        return cls((DiffPart(tuple(lines)),) if lines else ())

    @property
    def size(self) -> str:
        """How many lines came and went, such as "+3 −1"."""
        signs = [sign for part in self.parts for sign, _ in part.lines]
        return f"+{signs.count('+')} −{signs.count('−')}"

    def text(self) -> str:
        """Render as plain text."""
        lines = []
        for part in self.parts:
            if part.folded:
                lines.append(f"@ {len(part.lines)} lines unchanged")
            else:
                lines += [f"{sign} {line}" for sign, line in part.lines]
        return "\n".join(lines)


def _fold(lines: list[tuple[Sign, str]]) -> tuple[DiffPart, ...]:
    """Fold long unchanged stretches but for a few lines next to a change."""
    parts: list[DiffPart] = []
    shown: list[tuple[Sign, str]] = []
    runs = [(is_same, list(run)) for is_same, run in groupby(lines, key=lambda line: line[0] == " ")]
    for position, (is_same, run) in enumerate(runs):
        head = _CONTEXT if position > 0 else 0
        tail = _CONTEXT if position < len(runs) - 1 else 0
        hidden = run[head : len(run) - tail]
        if not is_same or len(hidden) < 2:  # noqa: PLR2004 - one line is not worth a click
            shown += run
            continue
        shown += run[:head]
        parts += [DiffPart(tuple(shown))] * bool(shown) + [DiffPart(tuple(hidden), folded=True)]
        shown = run[len(run) - tail :] if tail else []
    return (*parts, DiffPart(tuple(shown))) if shown else tuple(parts)


@dataclass(frozen=True)
class Entry:
    """One item of a list or a tree: a line that unfolds, and the entries below it.

    Parameters
    ----------
    title : str
    mark : str
        What became of it, in words with a sign, such as "✓ kept".
    identifier : str
        Of the candidate that it shows; empty for none.
    facts : tuple of str
        Short figures with their names, on the entry's own line.
    text : str
        Why, in a sentence.
    details : tuple of str
        Further sentences, seen when it is unfolded.
    share : float, optional
        From 0 to 1, drawn as a bar.
    links : tuple of (str, Link)
        A claim and where it comes from.
    diff : Diff, optional
    actions : tuple of Action
    children : tuple of Entry
    unfolded : bool
        Whether it starts open.
    """

    title: str
    mark: str = ""
    identifier: str = ""
    facts: tuple[str, ...] = ()
    text: str = ""
    details: tuple[str, ...] = ()
    share: float | None = None
    links: tuple[tuple[str, Link], ...] = ()
    diff: Diff | None = None
    actions: tuple[Action, ...] = ()
    children: tuple[Entry, ...] = ()
    unfolded: bool = False

    @property
    def folds(self) -> bool:
        """Whether there is something to unfold."""
        return bool(self.details or self.links or self.diff or self.actions)

    def text_lines(self) -> list[str]:
        """Render as plain text, the entries below it indented; diffs only where it starts open."""
        head = " · ".join(part for part in (self.mark, self.title, self.identifier, *self.facts) if part)
        lines = [visible(f"- {head}")]
        lines += [f"  {line}" for line in (self.text, *self.details) if line]
        lines += [f"  {claim} ({' '.join(filter(None, (link.text, link.href)))})" for claim, link in self.links]
        if self.diff is not None and self.unfolded:
            lines += [f"  {line}" for line in self.diff.text().splitlines()]
        if self.actions:
            lines.append("  " + " · ".join(action.text() for action in self.actions))
        for child in self.children:
            lines += [f"  {line}" for line in child.text_lines()]
        return [visible(line, keep="\n\t") for line in lines]
