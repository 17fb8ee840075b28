"""What values of this field may be: tables, parts, times, chat models and money."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from pathlib import Path, PurePath
from urllib.parse import urlsplit

from mlestar_jupyter.core.split import KINDS, read_split
from mlestar_jupyter.data.addresses import is_on_web
from mlestar_jupyter.options.converters import Converter, Number, Pairs, RefusedError, Text, number_in

_DURATION = re.compile(r"\s*+(?:(\d+(?:\.\d+)?)h)?\s*+(?:(\d+(?:\.\d+)?)m(?:in)?)?\s*+(?:(\d+(?:\.\d+)?)s?)?\s*+")
_LONGEST_NAME, _MOST_SEALED = 255, 0.9
_PRICES = 2  # for what is sent, and for what is answered


@dataclass(frozen=True)
class Dollars(Number):
    """US dollars."""

    @property
    def wanted(self) -> str:
        """What to give."""
        return "US dollars, 0 or more, as in 1.50"


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


_OF_TABLES = ("columns", "to_pandas", "toPandas", "collect", "compute", "dtype", "__arrow_c_stream__")


def may_be_table(value: object) -> bool:
    """Whether a value in memory may be a table; its type is asked, since to ask a lazy table may compute it."""
    return isinstance(value, (Mapping, list)) or any(hasattr(type(value), name) for name in _OF_TABLES)


@dataclass(frozen=True)
class Roles(Pairs):
    """What columns are: the roles that the registry has when it is asked."""

    @property
    def choices(self) -> tuple[str, ...]:
        """The roles."""
        from mlestar_jupyter.modalities.registry import askable

        return tuple(askable())

    wanted = "one role for each column, as in zip=category (in YAML and Python a mapping)"

    def take(self, value: object) -> dict[str, str]:
        """Check a mapping; names of columns may be numbers."""
        if not isinstance(value, Mapping):
            raise RefusedError
        from mlestar_jupyter.modalities.registry import role_named

        found = super().take({str(name): word for name, word in value.items()})
        for word in found.values():
            role_named(word)
        return found


@dataclass(frozen=True)
class HowToSplit(Converter[str]):
    """How rows are split; it is kept as one text."""

    wanted = (
        "auto, expanding, sliding or monte carlo, then what else, as in sliding, gap=7d, window=90d, folds=4 (in YAML "
        "and Python also a mapping)"
    )
    example = "sliding, gap=7d"

    @property
    def choices(self) -> tuple[str, ...]:
        """The kinds."""
        return KINDS

    def take(self, value: object) -> str:
        """Check it, and write it in one way."""
        if not isinstance(value, (str, Mapping)):
            raise RefusedError
        try:
            return str(read_split(value))
        except ValueError as error:
            raise RefusedError(str(error)) from error


@dataclass(frozen=True)
class Called(Converter[str]):
    """The name of something, by which it is looked up later.

    Parameters
    ----------
    what : str
        Such as ``"a column"``.
    names : callable, optional
        Those that Tab offers.
    """

    what: str
    names: Callable[[], Iterable[str]] | None = None

    @property
    def wanted(self) -> str:
        """What to give."""
        return f"the name of {self.what} as a text, in quotes where YAML reads it otherwise"

    @property
    def example(self) -> str:
        """A valid value."""
        return "a name"

    @property
    def choices(self) -> tuple[str, ...]:
        """The names."""
        return () if self.names is None else tuple(self.names())

    def take(self, value: object) -> str:
        """Check a name; a column may be called by a number."""
        if isinstance(value, float) and not math.isfinite(value):
            raise RefusedError
        return Text().take(value)


@dataclass(frozen=True)
class Folder(Text):
    """A folder; ``~`` is the user's."""

    wanted = "the path of a folder; ~NAME is the folder of a user that there is, ./~NAME a folder of that name"
    example = "models/churn"

    def take(self, value: object) -> str:
        """Check a path."""
        path = home(super().take(value))
        if path.startswith("~"):
            raise RefusedError
        return path


@dataclass(frozen=True)
class RunName(Text):
    """A name of a run, which is that of a folder too."""

    wanted = "a name that leads to no folder above"
    example = "churn"

    def take(self, value: object) -> str:
        """Check a name."""
        name = super().take(value)
        if not name.strip() or name == "." or ".." in PurePath(name).parts:
            raise RefusedError
        return name


@dataclass(frozen=True)
class Table(Converter[object]):
    """A file with a table, or in Python a DataFrame; whether it can be read is seen when it is read."""

    wanted = "a file, or in Python a DataFrame"
    example = "churn.csv"

    def take(self, value: object) -> object:
        """Check that it may be a table."""
        if isinstance(value, (str, PurePath)):
            is_too_long = len(Path(value).name.encode()) > _LONGEST_NAME and not is_on_web(value)
            if is_too_long or not str(value).strip():
                raise RefusedError
            return type(value)(home(str(value)))
        if not may_be_table(value):
            raise RefusedError
        return value


@dataclass(frozen=True)
class ShareOrTable(Table):
    """A share of the rows, or a table."""

    wanted = "a share of the rows, 0 (none) to 0.9, a file, or in Python a DataFrame"
    example = "0.25"

    def take(self, value: object) -> object:
        """Check that it may be either."""
        if isinstance(value, str) and value.rstrip().endswith("%"):
            raise RefusedError
        given = number_in(value, float) if isinstance(value, str) else value
        return Number(0, _MOST_SEALED).take(given) if isinstance(given, (Real, bool)) else super().take(given)

    def parse(self, texts: Sequence[str]) -> object:
        """Read a share; other texts are files."""
        return number_in(texts[-1], float)


@dataclass(frozen=True)
class Duration(Converter[str | float]):
    """A time; it stays as it was written."""

    wanted = "a time above 0: 90s, 10m, 1h30m"
    example = "10m"

    def take(self, value: object) -> str | float:
        """Check a time."""
        if isinstance(value, bool) or not isinstance(value, (str, Real)):
            raise RefusedError
        plain = value if isinstance(value, (str, int)) else float(value)  # numpy's numbers too
        seconds_of(plain)
        return plain

    def parse(self, texts: Sequence[str]) -> object:
        """Read seconds; other texts stay."""
        return number_in(texts[-1], float)


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
class DecimalMark(Converter[str]):
    """The decimal mark of numbers, by name or as it is."""

    wanted = "comma or point"
    example = "comma"
    choices = ("comma", "point")

    def take(self, value: object) -> str:
        """Check a mark, and name it."""
        named = {",": "comma", ".": "point"}.get(value, value) if isinstance(value, str) else value
        if not isinstance(named, str) or named not in self.choices:
            raise RefusedError
        return named


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
        sent, answered = (Dollars().take(number_in(str(item), float)) for item in items)
        return sent, answered

    def texts(self, value: tuple[float, float]) -> list[str]:
        """Write both with a comma."""
        return [",".join(map(str, value))]


class CostsOfErrors(Converter[dict[str, float]]):
    """Costs of a row wrongly called positive, and of a positive row missed."""

    wanted = "what a false positive and a false negative cost, above 0, as in fp=1,fn=5"
    example = "fp=1,fn=5"

    def take(self, value: object) -> dict[str, float]:
        """Check both."""
        if isinstance(value, str):
            parts = [part.partition("=") for part in value.replace(" ", "").split(",")]
            value = {name: number_in(cost, float) for name, _, cost in parts}
        if not isinstance(value, Mapping) or set(value) != {"fp", "fn"}:
            raise RefusedError
        return {name: Number(0, is_open=True).take(value[name]) for name in ("fp", "fn")}

    def texts(self, value: dict[str, float]) -> list[str]:
        """Write both with a comma."""
        return [f"fp={value['fp']:g},fn={value['fn']:g}"]


def home(path: str) -> str:
    """Put the user's folder in the place of ``~``; a path stays as it is where there is none."""
    return os.path.expanduser(path) if path.startswith("~") else path  # noqa: PTH111 - it takes an unknown user


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
        found = _DURATION.fullmatch(duration)
        if found is None:
            raise RefusedError
        hours, minutes, rest = (float(part or 0) for part in found.groups())
        seconds = hours * 3600 + minutes * 60 + rest
    if not 0 < seconds < math.inf:
        raise RefusedError
    return seconds
