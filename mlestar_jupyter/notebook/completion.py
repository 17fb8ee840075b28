"""Tab: commands, flags, columns, settings, blocks and candidate ids."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.blocks import BLOCKS, PIPELINE_BLOCKS
from mlestar_jupyter.errors import MLEStarError
from mlestar_jupyter.notebook.arguments import split_line
from mlestar_jupyter.notebook.commands import COMMANDS, flags_of
from mlestar_jupyter.options.kinds import home
from mlestar_jupyter.phases.registry import PHASES

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session

_LINE = re.compile(r"^%%?mlestar\s+(.*)$", re.DOTALL)
_WITH_IDS = ("show", "diff", "checkout", "accept", "reject", "edit")


class Completer:
    """A matcher for IPython's completer."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.__name__ = "mlestar"
        self.__qualname__ = "mlestar"

    def __call__(self, text: str) -> list[str]:
        """Complete from the text before the cursor, which IPython keeps for its matchers."""
        completer: Any = getattr(self.session.shell, "Completer", None)
        before = getattr(completer, "text_until_cursor", text)
        line = str(getattr(completer, "line_buffer", before) or before)
        return complete(self.session, line if line.lstrip().startswith("%") else before, text)


def complete(session: Session, line: str, word: str) -> list[str]:
    """Complete the last word of a `%mlestar` line; nothing for other lines."""
    found = _LINE.match(line.lstrip())
    if found is None:
        return []
    rest = found.group(1)
    if "\n" in rest:
        return _starting(_setting_keys(rest), word)
    try:
        words = split_line(rest)
    except MLEStarError:
        return []
    if not words or (len(words) == 1 and not rest.endswith(" ")):
        return _starting(list(COMMANDS), word)
    last, previous = ("", words[-1]) if rest.endswith(" ") else (words[-1], words[-2])
    values = _values(session, words, previous)
    name, equals, begun = last.rpartition("=")
    if equals and not word.startswith(name):  # IPython completes what follows the sign
        return _starting([v.rpartition("=")[2] for v in values if v.startswith(f"{name}=")], begun)
    return _starting(values, word)


def _values(session: Session, words: list[str], previous: str) -> list[str]:
    command = words[0]
    flags = {f"--{option.flag}": option for option in flags_of(command)}
    if previous in flags and not flags[previous].converter.is_switch:
        choices = list(flags[previous].converter.choices)
        match flags[previous].takes:
            case "COLUMN":
                return _columns(session, words)
            case "COLUMN=ROLE":
                return [f"{column}={role}" for column in _columns(session, words) for role in choices]
        return choices
    if command in ("start", "resume"):
        return list(flags)
    if command in _WITH_IDS and session.workflow is not None:
        return list(dict.fromkeys(e.candidate.id for e in session.workflow.candidates()))
    return {
        "export": list(flags),
        "insert": list(BLOCKS),
        "propose": list(PIPELINE_BLOCKS),
        "ask": list(PIPELINE_BLOCKS),
        "run": [*PHASES, *flags],
        "help": list(COMMANDS),
    }.get(command, [])


def _setting_keys(rest: str) -> list[str]:
    phase = rest.split()[0]
    return [f"{f.name}:" for f in fields(PHASES[phase].settings)] if phase in PHASES else []


def _columns(session: Session, words: list[str]) -> list[str]:
    """Column names of the table that the line names, when it can be read."""
    if "--dataset" not in words[:-1]:
        return []
    text = words[words.index("--dataset") + 1]
    table = session.shell.user_ns.get(text)
    if type(table).__name__ == "DataFrame":
        return [str(c) for c in table.columns]
    if hasattr(type(table), "column_names"):  # of Arrow
        return [str(c) for c in table.column_names]
    if not Path(home(text.partition("::")[0])).exists():
        return []
    from mlestar_jupyter.data.reading import read_table

    try:
        return [str(c) for c in read_table(text).frame.columns]
    except MLEStarError:
        return []


def _starting(names: list[str], word: str) -> list[str]:
    return [n for n in names if n.startswith(word)]
