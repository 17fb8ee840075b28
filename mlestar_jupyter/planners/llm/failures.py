"""A failure as the debugger sees it: the error and the lines that led to it, without paths and cell values."""

from __future__ import annotations

import re

from mlestar_jupyter.core.evaluation import Failed
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.planners.llm.text import one_line

_FRAME = re.compile(r'^  File "(?P<path>[^"]+)", line (?P<line>\d+), in (?P<name>.+)$')
_LIBRARY = re.compile(r"^.*(?:site-packages|dist-packages|lib/python[\d.]+)[/\\]")
_QUOTED = re.compile(r"'(?P<single>[^'\n]*)'|\"(?P<double>[^\"\n]*)\"")
_NUMBERS = re.compile(r"\[[-+.\deE,\s\[\]naif]{10,}(?:\]|$)")  # what an array looks like in an error text
_DATE = re.compile(r"\b\d{4}-\d{2}-\d{2}(?:[ T][\d:.]+)?\b")
_PATH = re.compile(r"(?:[A-Za-z]:\\|/)(?:[\w.@~-]+[/\\])+")
_BARE = re.compile(r"\b(KeyError: |to float: |base 10: |unseen labels: )-?\d[\d.eE+-]*")
_TYPE = re.compile(r"^[A-Za-z_][\w.]*$")
_OF_A_TYPE = (" object", " instance", " has no attribute")
_LIBRARY_FRAMES = 3
_LONGEST = 1_800


def failure_text(task: Task, failed: Failed) -> str:
    """Say how a candidate failed: kind, message, its own lines, and the last of the libraries' frames."""
    known = _known(task, failed.candidate.solution)
    lines = [f"{failed.kind}: {scrub(failed.reason, known)}", *_frames(failed.traceback)]
    message = _message(failed.traceback)
    if message and message not in failed.reason:
        lines.append(scrub(message, known))
    return "\n".join(lines)[:_LONGEST]


def reason_of(task: Task, failed: Failed, limit: int) -> str:
    """Say in a line what became of a candidate that has no score."""
    reason = scrub(failed.reason, _known(task, failed.candidate.solution))
    return f"{failed.verdict}: {one_line(reason, limit)}"


def without_quotes(task: Task, solution: Solution, text: str) -> str:
    """Take out quoted text that may be a cell of the table; figures stay."""
    return _without_quoted(text, _known(task, solution))


def _known(task: Task, solution: Solution) -> str:
    """What may be said: names of columns and classes' column, and whatever stands in the source."""
    sources = [s for one in (solution, *solution.members) for s in one.blocks.values()]
    return "\n".join([*(c.name for c in task.columns), task.target, *sources])


def _frames(traceback: str) -> list[str]:
    """The candidate's own frames with their lines, and the last few of the libraries without."""
    lines, own, foreign = traceback.splitlines(), list[str](), list[str]()
    for number, line in enumerate(lines):
        found = _FRAME.match(line)
        if found is None:
            continue
        if found["path"].startswith("<solution_"):
            code = lines[number + 1].strip() if number + 1 < len(lines) and lines[number + 1].startswith("    ") else ""
            own.append(f"  in {found['name']}: {code}")
        else:
            foreign.append(f"  in {_LIBRARY.sub('', found['path'])}, {found['name']}")
    return own + foreign[-_LIBRARY_FRAMES:]


def _message(traceback: str) -> str:
    """The exception itself: what stands after the last frame."""
    lines = traceback.splitlines()
    last = max((i for i, line in enumerate(lines) if line.startswith("  ")), default=-1)
    return " ".join(" ".join(lines[last + 1 :]).split())


def scrub(text: str, known: str = "") -> str:
    """Take out what may be a cell of the table: quoted text, arrays, dates, keys; and folders of the machine.

    Parameters
    ----------
    text : str
    known : str
        Words that stand in it may be said: names of columns, the source.

    >>> scrub("ValueError: could not convert string to float: 'Ann'")
    "ValueError: could not convert string to float: '[value]'"
    """
    text = _BARE.sub(r"\1[value]", text)
    return _DATE.sub("[date]", _NUMBERS.sub("[numbers]", _without_quoted(_PATH.sub("", text), known)))


def _without_quoted(text: str, known: str) -> str:
    """Take out quoted text that is neither a column, nor in the source, nor a type."""

    def hidden(found: re.Match[str]) -> str:
        inner = found["single"] if found["single"] is not None else found["double"]
        is_type = _TYPE.match(inner) is not None and text[found.end() :].startswith(_OF_A_TYPE)
        return found[0] if not inner or is_type or _is_in(inner, known) else "'[value]'"

    return _QUOTED.sub(hidden, text)


def _is_in(word: str, known: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", known) is not None
