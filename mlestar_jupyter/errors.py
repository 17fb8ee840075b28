"""What goes wrong for a reason that the user can mend.

::

    MLEStarError
    ├── DataError          the table cannot be read, or does not make a task
    ├── SettingError       a flag, key, name or value that is not valid
    ├── BlockError         a block's source breaks its contract
    ├── OrderError         a phase before the one that it needs
    ├── OutputError        the output folder or the journal cannot be used
    ├── ExecutionError     no candidate could be evaluated
    ├── ProviderError      a search provider gave no usable answer
    ├── MissingExtraError  an optional package is not installed
    └── PluginError        another package adds a part that cannot be used

A defect of ours is never one of these: it keeps its own type and its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable

__all__ = [
    "BlockError",
    "DataError",
    "ExecutionError",
    "MLEStarError",
    "MissingExtraError",
    "OrderError",
    "OutputError",
    "PluginError",
    "ProviderError",
    "SettingError",
    "unknown",
]

_LISTED = 25


class MLEStarError(Exception):
    """What is wrong and where, then how to mend it, in one line.

    Parameters
    ----------
    problem : str
        A sentence that names the thing and its value.
    mend : str
        A sentence that says what to do.
    """

    def __init__(self, problem: str, *, mend: str) -> None:
        problem = _one_sentence(problem)
        super().__init__(f"{problem} {mend}")
        self.problem = problem
        self.mend = mend

    def __reduce__(self) -> tuple[object, ...]:
        """Survive pickling: ``mend`` is a keyword."""
        return _rebuild, (type(self), self.problem, self.mend)

    def _render_traceback_(self) -> list[str]:
        """One line where IPython would print a traceback."""
        return [f"{type(self).__name__}: {self}"]


def _one_sentence(text: str) -> str:
    """Put what is filled in, often the text of another error, on the line, with one full stop at the end."""
    line = " ".join(part.strip() for part in text.splitlines() if part.strip())
    return f"{line.rstrip('.')}." if line.endswith("..") and not line.endswith("...") else line


def _rebuild(kind: type[MLEStarError], problem: str, mend: str) -> MLEStarError:
    return kind(problem, mend=mend)


class DataError(MLEStarError):
    """The table cannot be read, or does not make a task."""


class SettingError(MLEStarError):
    """A flag, a key, a name or a value that is not valid."""


class BlockError(MLEStarError):
    """A block's source breaks its contract."""


class OrderError(MLEStarError):
    """A phase was asked for before the one that it needs."""


class OutputError(MLEStarError):
    """The output folder or the journal cannot be used."""


class ExecutionError(MLEStarError):
    """No candidate could be evaluated."""


class ProviderError(MLEStarError):
    """A search provider gave no usable answer."""


class MissingExtraError(MLEStarError):
    """An optional package is not installed."""


class PluginError(MLEStarError):
    """Another package adds a part that cannot be used."""


def unknown(kind: str, name: str, valid: Iterable[str]) -> SettingError:
    """Say that `name` is no valid `kind`, and which valid one is nearest."""
    names = sorted(set(map(str, valid)))
    near = nearest(name, names)
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    mend = f"Did you mean {near!r}?" if near else f"Valid: {', '.join(names[:_LISTED])}{more}."
    return SettingError(f"There is no {kind} {name!r}.", mend=mend)


def nearest(name: str, valid: Iterable[str]) -> str | None:
    """Find the valid name most like `name`, or None when none is near."""
    folded = {str(v).casefold(): str(v) for v in valid}
    found = difflib.get_close_matches(str(name).casefold(), list(folded), n=1, cutoff=0.5)
    return folded[found[0]] if found else None
