"""The magic `mlestar`: looks up a command, calls it, gives back its result."""

from __future__ import annotations

from collections.abc import Callable

from mlestar_jupyter.errors import unknown
from mlestar_jupyter.notebook.arguments import split_line
from mlestar_jupyter.notebook.commands import COMMANDS, help_text
from mlestar_jupyter.notebook.session import PhaseInterrupted, Session


def make_magic(session: Session) -> Callable[..., object]:
    """Make the magic function for a session; its docstring is the help text."""

    def mlestar(line: str, cell: str | None = None) -> object:
        words = split_line(line)
        name = words[0] if words else "help"
        if {"--help", "-h"}.intersection(words):
            words = ["help", *(word for word in words[:1] if word in COMMANDS)]
            name = "help"
        if name not in COMMANDS:
            raise unknown("command", name, COMMANDS)
        try:
            return COMMANDS[name].function(session, words[1:], cell)
        except KeyboardInterrupt as error:
            raise PhaseInterrupted(
                "All finished evaluations are kept; run the cell again to go on from here."
            ) from error

    mlestar.__doc__ = help_text()
    return mlestar


def without_body(lines: list[str]) -> list[str]:
    """Let ``%%mlestar ensemble`` stand alone: IPython takes no cell magic without a body, but defaults need none.

    >>> without_body(["%%mlestar ensemble\\n", "\\n"])
    ['%mlestar ensemble\\n', '\\n']
    """
    if lines and lines[0].startswith("%%mlestar ") and not "".join(lines[1:]).strip():
        return [lines[0][1:], *lines[1:]]
    return lines
