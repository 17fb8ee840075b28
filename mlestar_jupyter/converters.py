"""What a value may be: how it is read from a flag, from YAML and from Python, and written as a flag again.

Start options and settings of phases are read by the same converters. Standard library only: help and completion load
them.
"""

from __future__ import annotations

import math
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import PurePath
from types import NoneType
from typing import Any, Generic, TypeVar, get_args
from urllib.parse import urlsplit

from mlestar_jupyter.errors import SettingError

T = TypeVar("T")
_EXPONENT = re.compile(r"\d+e[+-]?\d+", re.IGNORECASE)
_DURATION = re.compile(r"^\s*(?:(\d+(?:\.\d+)?)h)?\s*(?:(\d+(?:\.\d+)?)m(?:in)?)?\s*(?:(\d+(?:\.\d+)?)s?)?\s*$")
_PRICES = 2  # for what is sent, and for what is answered


class RefusedError(ValueError):
    """A value is of the wrong kind; `Converter.read` says of which option, and what to give."""


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
            raise SettingError(f"{named} is {value!r}.", mend=f"Give {self.wanted}.") from error

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
        if isinstance(value, bool) or not isinstance(value, int) or not _is_within(value, self.least, self.most):
            raise RefusedError
        return value

    def parse(self, texts: Sequence[str]) -> object:
        """Read a number; other texts stay."""
        return _number(texts[-1], int)


@dataclass(frozen=True)
class Number(Converter[float]):
    """A number between limits."""

    least: float = 0
    most: float | None = None

    @property
    def wanted(self) -> str:
        """What to give."""
        return f"a number, {_limits(self.least, self.most)}"

    @property
    def example(self) -> str:
        """A valid value."""
        return str(self.least + 0.5)

    def take(self, value: object) -> float:
        """Check a value."""
        if isinstance(value, str) and _EXPONENT.fullmatch(value):
            value = float(value)  # YAML reads 1e-5 as a text
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise RefusedError
        if not _is_within(value, self.least, self.most):
            raise RefusedError
        return float(value)

    def parse(self, texts: Sequence[str]) -> object:
        """Read a number; other texts stay."""
        return _number(texts[-1], float)


@dataclass(frozen=True)
class Dollars(Number):
    """US dollars."""

    @property
    def wanted(self) -> str:
        """What to give."""
        return "US dollars, 0 or more, as in 1.50"

    def take(self, value: object) -> float:
        """Check an amount: a finite one."""
        amount = super().take(value)
        if not math.isfinite(amount):
            raise RefusedError
        return amount


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
    """A list of names; a flag for each."""

    repeats = True
    wanted = "a list of names"
    example = "a name"

    def take(self, value: object) -> tuple[str, ...]:
        """Check a list; a single name is one of one."""
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
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
        """Read NAME=VALUE; a later one of the same name counts."""
        pairs = [text.rpartition("=") for text in texts]
        return {name: value for name, _, value in pairs} if all(name for name, *_ in pairs) else " ".join(texts)

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


@dataclass(frozen=True)
class Part(Converter[object]):
    """A part by the name that its registry has for it; in Python perhaps the part itself.

    Parameters
    ----------
    names : callable
        The names, as the registry has them when they are asked for.
    is_part : callable, optional
        Whether an object is such a part.
    """

    names: Callable[[], Iterable[str]]
    is_part: Callable[[object], bool] | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """The names."""
        return tuple(self.names())

    @property
    def wanted(self) -> str:
        """What to give."""
        return " or ".join(self.choices) + (", or in Python such an object" if self.is_part is not None else "")

    @property
    def example(self) -> str:
        """A valid value."""
        return self.choices[0]

    def take(self, value: object) -> object:
        """Check a name, or an object."""
        is_part = not isinstance(value, str) and self.is_part is not None and self.is_part(value)
        if value not in self.choices and not is_part:
            raise RefusedError
        return value


@dataclass(frozen=True)
class Table(Converter[object]):
    """A file with a table, or in Python a DataFrame; whether it can be read is seen when it is read."""

    wanted = "a file, or in Python a DataFrame"
    example = "churn.csv"

    def take(self, value: object) -> object:
        """Check that it may be a table."""
        if isinstance(value, (int, float, NoneType)):
            raise RefusedError
        return value


@dataclass(frozen=True)
class ShareOrTable(Table):
    """A share of the rows, or a table."""

    wanted = "a share of the rows (0.2), 0 for none, a file, or in Python a DataFrame"
    example = "0.25"

    def take(self, value: object) -> object:
        """Check that it may be either."""
        return value if isinstance(value, (int, float)) and not isinstance(value, bool) else super().take(value)

    def parse(self, texts: Sequence[str]) -> object:
        """Read a share; other texts are files."""
        return _number(texts[-1], float)


@dataclass(frozen=True)
class Duration(Converter[str | float]):
    """A time; it stays as it was written."""

    wanted = "a time above 0: 90s, 10m, 1h30m"
    example = "10m"

    def take(self, value: object) -> str | float:
        """Check a time."""
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            raise RefusedError
        seconds_of(value)
        return value

    def parse(self, texts: Sequence[str]) -> object:
        """Read seconds; other texts stay."""
        return _number(texts[-1], float)


@dataclass(frozen=True)
class ModelName(Converter[str]):
    """A chat model with its provider."""

    wanted = "PROVIDER:MODEL, as in openai:gpt-5 or ollama:qwen3"
    example = "openai:gpt-5"

    def take(self, value: object) -> str:
        """Check a name."""
        provider, _, name = str(value).partition(":")
        if not (isinstance(value, str) and provider.strip() and name.strip()):
            raise RefusedError
        return value


@dataclass(frozen=True)
class Address(Converter[str]):
    """The address of a server."""

    wanted = "an address, as in http://localhost:8000/v1"
    example = "http://localhost:8000/v1"

    def take(self, value: object) -> str:
        """Check an address."""
        parts = urlsplit(str(value))  # a ValueError where brackets hold no IPv6 address
        if not (isinstance(value, str) and parts.scheme in ("http", "https") and parts.hostname):
            raise RefusedError
        return value


@dataclass(frozen=True)
class Prices(Converter[tuple[float, float]]):
    """US dollars for a million tokens sent and answered."""

    wanted = "US dollars for a million tokens sent and for a million answered, as in 0.25,2"
    example = "0.25,2"

    def take(self, value: object) -> tuple[float, float]:
        """Check two prices."""
        items = value.split(",") if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or len(items) != _PRICES:
            raise RefusedError
        sent, answered = (Dollars().take(_number(str(item), float)) for item in items)
        return sent, answered

    def texts(self, value: tuple[float, float]) -> list[str]:
        """Write both with a comma."""
        return [",".join(map(str, value))]


_PLAIN: dict[object, Converter[Any]] = {
    int: Whole(),
    float: Number(),
    bool: Switch(),
    str: Text(),
    tuple[str, ...]: Names(),
    dict[str, str]: Pairs(),
}


def converter_of(hint: object) -> Converter[Any]:
    """Find the converter of a type, with or without None.

    >>> converter_of(int | None).wanted
    'a whole number, 0 or more'
    """
    if NoneType in get_args(hint):
        (hint,) = (kind for kind in get_args(hint) if kind is not NoneType)
    return _PLAIN[hint]


def seconds_of(duration: str | float) -> float:
    """Read a time: "90s", "10m", "1h30m", or seconds as a number.

    Raises
    ------
    RefusedError
        When it cannot be read, or is not above 0.

    >>> seconds_of("1h30m")
    5400.0
    """
    if isinstance(duration, (int, float)):
        seconds = float(duration)
    else:
        found = _DURATION.match(duration)
        if found is None:
            raise RefusedError
        hours, minutes, rest = (float(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    if not 0 < seconds < math.inf:
        raise RefusedError
    return seconds


def _number(text: str, kind: type[int] | type[float]) -> object:
    try:
        return kind(text)
    except ValueError:
        return text


def _is_within(value: float, least: float, most: float | None) -> bool:
    return value >= least and (most is None or value <= most)


def _limits(least: float, most: float | None) -> str:
    return f"{least} or more" if most is None else f"{least} to {most}"
