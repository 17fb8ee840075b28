"""What a value may be: how it is read from a flag, from YAML and from Python, and written as a flag again.

Start options and settings of phases are read by the same converters. Standard library only: help and completion load
them.
"""

from __future__ import annotations

import math
import re
import reprlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from numbers import Integral, Real
from pathlib import PurePath
from types import NoneType
from typing import Annotated, Any, Generic, TypeVar, get_args, get_origin

from mlestar_jupyter.errors import SettingError

T = TypeVar("T")
_EXPONENT = re.compile(r"\d+e[+-]?\d+", re.IGNORECASE)


class RefusedError(ValueError):
    """A value is of the wrong kind, perhaps with a reason; `Converter.read` says of which option, and what to give."""


class Converter(ABC, Generic[T]):
    """What a value may be."""

    is_switch = False
    """Whether its flag stands alone."""
    repeats = False
    """Whether its flag may be given several times."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The texts that are valid, where they can be listed; Tab offers them."""
        return ()

    @property
    @abstractmethod
    def wanted(self) -> str:
        """What to give, as the end of "Give …"."""

    @property
    @abstractmethod
    def example(self) -> str:
        """A valid value, as a flag takes it."""

    @abstractmethod
    def take(self, value: object) -> T:
        """Check a value of YAML or Python.

        Raises
        ------
        RefusedError
            When it is of the wrong kind.
        """

    def read(self, value: object, named: str, *, or_none: bool = False) -> T | None:
        """Check a value, and name it as the user wrote it where it is wrong.

        Raises
        ------
        SettingError
        """
        try:
            return None if value is None and or_none else self.take(value)
        except ValueError as error:
            why = str(error) if isinstance(error, RefusedError) else ""
            problem = f"{named} is {shown(value)}{why and f': {why}'}."
            raise SettingError(problem, mend=f"Give {self.wanted}.") from error

    def parse(self, texts: Sequence[str]) -> object:
        """Make the value of a flag's texts that YAML would give: one text for each time that the flag is given."""
        return texts[-1]

    def texts(self, value: T) -> list[str]:
        """Write a value as `parse` reads it."""
        return [str(value)]


@dataclass(frozen=True)
class Whole(Converter[int]):
    """A whole number between limits."""

    least: int = 0
    most: int | None = None

    @property
    def wanted(self) -> str:
        """What to give."""
        return f"a whole number, {_limits(self.least, self.most)}"

    @property
    def example(self) -> str:
        """A valid value."""
        return str(self.least + 2)

    def take(self, value: object) -> int:
        """Check a value."""
        if isinstance(value, bool) or not isinstance(value, Integral):
            raise RefusedError
        number = int(value)  # numpy's integers too
        if not _is_within(number, self.least, self.most):
            raise RefusedError
        return number

    def parse(self, texts: Sequence[str]) -> object:
        """Read a number; other texts stay."""
        return number_in(texts[-1], int)


@dataclass(frozen=True)
class Number(Converter[float]):
    """A finite number between limits.

    Parameters
    ----------
    least, most : float
        The limits themselves are valid; without `most` there is no upper one.
    is_open : bool
        Whether the limits are not valid themselves.
    """

    least: float = 0
    most: float | None = None
    is_open: bool = False

    @property
    def wanted(self) -> str:
        """What to give."""
        if self.is_open:
            return f"a number above {self.least}" + ("" if self.most is None else f" and below {self.most}")
        return f"a number, {_limits(self.least, self.most)}"

    @property
    def example(self) -> str:
        """A valid value."""
        return str(self.least + 0.5)

    def take(self, value: object) -> float:
        """Check a value."""
        if isinstance(value, str) and _EXPONENT.fullmatch(value):
            value = float(value)  # YAML reads 1e-5 as a text
        if isinstance(value, bool) or not isinstance(value, Real):
            raise RefusedError
        number = float(value)  # numpy's numbers too
        is_limit = self.is_open and number in (self.least, self.most)
        if is_limit or not math.isfinite(number) or not _is_within(number, self.least, self.most):
            raise RefusedError
        return number

    def parse(self, texts: Sequence[str]) -> object:
        """Read a number; other texts stay."""
        return number_in(texts[-1], float)


@dataclass(frozen=True)
class Switch(Converter[bool]):
    """Yes or no."""

    is_switch = True
    wanted = "true or false"
    example = "true"

    def take(self, value: object) -> bool:
        """Check a value."""
        if not isinstance(value, bool):
            raise RefusedError
        return value

    def parse(self, texts: Sequence[str]) -> object:
        """Read true or false; other texts stay."""
        return {"true": True, "false": False}.get(texts[-1].lower(), texts[-1])

    def texts(self, value: bool) -> list[str]:  # noqa: FBT001
        """Write true or false."""
        return [str(value).lower()]


@dataclass(frozen=True)
class Text(Converter[str]):
    """A text; numbers and dates of YAML become one."""

    wanted = "a text, in quotes where YAML reads a word otherwise"
    example = "some text"

    def take(self, value: object) -> str:
        """Check a value."""
        if isinstance(value, bool) or not isinstance(value, (str, int, float, date, PurePath)):
            raise RefusedError
        return str(value)


@dataclass(frozen=True)
class Names(Converter[tuple[str, ...]]):
    """A list of names; a flag for each.

    Parameters
    ----------
    least : int
        How many there must be.
    once : bool
        Whether each may be there once only.
    known : tuple of str
        The names that there are; empty where any is valid.
    """

    least: int = 0
    once: bool = False
    known: tuple[str, ...] = ()
    repeats = True

    @property
    def choices(self) -> tuple[str, ...]:
        """The names that there are."""
        return self.known

    @property
    def example(self) -> str:
        """A valid name."""
        return self.known[0] if self.known else "a name"

    @property
    def wanted(self) -> str:
        """What to give."""
        if self.known:
            return f"a list of names, each once: {', '.join(self.known)}" if self.once else ", ".join(self.known)
        names = f"a list of {self.least} or more names" if self.least else "a list of names"
        return f"{names}, each once" if self.once else names

    def take(self, value: object) -> tuple[str, ...]:
        """Check a list; a single name is one of one."""
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
            raise RefusedError
        if len(items) < self.least or (self.once and len(set(items)) < len(items)):
            raise RefusedError
        if self.known and not set(items) <= set(self.known):
            raise RefusedError
        return tuple(items)

    def parse(self, texts: Sequence[str]) -> object:
        """Collect what was given."""
        return list(texts)

    def texts(self, value: tuple[str, ...]) -> list[str]:
        """Write a text for each."""
        return list(value)


@dataclass(frozen=True)
class Pairs(Converter[dict[str, str]]):
    """A value for each of some names; a flag for each: ``--role zip=category``."""

    repeats = True
    wanted = "a value for each name, as in zip=category (in YAML and Python a mapping)"
    example = "zip=category"

    def take(self, value: object) -> dict[str, str]:
        """Check a mapping."""
        if not isinstance(value, Mapping) or not all(isinstance(i, str) for pair in value.items() for i in pair):
            raise RefusedError
        return dict(value)

    def parse(self, texts: Sequence[str]) -> object:
        """Read NAME=VALUE; texts without a name, or with one twice, stay, to be shown where they are refused."""
        pairs = [text.rpartition("=") for text in texts]
        found = {name: value for name, _, value in pairs}
        return found if len(found) == len(pairs) and "" not in found else " ".join(texts)

    def texts(self, value: dict[str, str]) -> list[str]:
        """Write NAME=VALUE for each."""
        return [f"{name}={word}" for name, word in value.items()]


@dataclass(frozen=True)
class OneOf(Converter[str]):
    """One of some names."""

    names: tuple[str, ...]

    @property
    def choices(self) -> tuple[str, ...]:
        """The names."""
        return self.names

    @property
    def wanted(self) -> str:
        """What to give."""
        return " or ".join(self.names)

    @property
    def example(self) -> str:
        """A valid value."""
        return self.names[-1]

    def take(self, value: object) -> str:
        """Check a name."""
        if not isinstance(value, str) or value not in self.names:
            raise RefusedError
        return value


_LONGEST = 100
_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_PLAIN: dict[object, Converter[Any]] = {
    int: Whole(),
    float: Number(),
    bool: Switch(),
    str: Text(),
    tuple[str, ...]: Names(),
    dict[str, str]: Pairs(),
}


def converter_of(hint: object) -> Converter[Any]:
    """Find the converter of a type, with or without None; one that the type is annotated with comes first.

    >>> converter_of(int | None).wanted, converter_of(Annotated[int, Whole(1, 9)]).wanted
    ('a whole number, 0 or more', 'a whole number, 1 to 9')
    """
    if get_origin(hint) is Annotated:
        own = [part for part in get_args(hint) if isinstance(part, Converter)]
        return own[0] if own else converter_of(get_args(hint)[0])
    if NoneType in get_args(hint):
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
    return _PLAIN[hint]


def shown(value: object) -> str:
    """Write a value for a message: in one line, a long one shortened; a table or another large thing by its type.

    >>> shown("x" * 100), shown({"a": list(range(100))})
    ("'xxxxxxxxxxxxxxxxxxxxxxxxxxx...xxxxxxxxxxxxxxxxxxxxxxxxxxxx'", "{'a': [0, 1, 2, 3, 4, 5, ...]}")
    """
    text = _SHORT.repr(value)
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return text if text.isprintable() and not hasattr(value, "shape") else f"of the type {type(value).__qualname__}"


def number_in(text: str, kind: type[int] | type[float]) -> object:
    """Read a number; another text stays as it is, to be shown where it is refused."""
    try:
        return kind(text)
    except ValueError:
        return text


def _is_within(value: float, least: float, most: float | None) -> bool:
    return value >= least and (most is None or value <= most)


def _limits(least: float, most: float | None) -> str:
    return f"{least} or more" if most is None else f"{least} to {most}"
