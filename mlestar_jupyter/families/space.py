"""Search spaces as plain data: what of an estimator is tuned, and within which bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Value = str | float | list[int] | None
"""Of a hyperparameter; a float stands for whole numbers and flags, too."""
Settings = Mapping[str, Value]


@dataclass(frozen=True)
class Real:
    """A number between bounds, on a logarithmic scale if so marked."""

    low: float
    high: float
    log: bool = False

    def __contains__(self, value: object) -> bool:
        """Whether it is a number between the bounds."""
        return isinstance(value, (int, float)) and self.low <= value <= self.high


@dataclass(frozen=True)
class Whole:
    """A whole number between bounds, on a logarithmic scale if so marked."""

    low: int
    high: int
    log: bool = False

    def __contains__(self, value: object) -> bool:
        """Whether it is a whole number between the bounds."""
        return isinstance(value, int) and self.low <= value <= self.high


@dataclass(frozen=True)
class Choice:
    """One of some values."""

    values: tuple[Value, ...]

    def __contains__(self, value: object) -> bool:
        """Whether it is one of them."""
        return value in self.values


Space = Mapping[str, Real | Whole | Choice]


def settings_of(space: Space, *values: Value) -> Settings:
    """Name values in the order of a space."""
    return dict(zip(space, values, strict=True))
