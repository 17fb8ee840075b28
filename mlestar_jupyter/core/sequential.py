"""Tests made one after another: when a comparison may stop early, and what level the next one has."""

from __future__ import annotations

from dataclasses import dataclass

_CLEAR, _HOPELESS = 0.01, 0.5


def is_decided(p_value: float, p_adjusted: float) -> bool:
    """Whether more repeats would hardly change what a comparison says.

    An early look stops for an effect only where that is far beyond doubt, so that the last look keeps nearly all of
    its level (Haybittle 1971, Peto et al. 1976); stopping where the difference is well within noise makes no false
    claim at all.

    Parameters
    ----------
    p_value : float
        So far, of this comparison alone.
    p_adjusted : float
        For the number of comparisons.

    >>> is_decided(0.0001, 0.0006), is_decided(0.03, 0.18), is_decided(0.7, 1.0)
    (True, False, True)
    """
    return p_adjusted < _CLEAR or p_value > _HOPELESS


@dataclass(frozen=True)
class Wealth:
    """Level that is left for further tests: each one that fails costs, each one that succeeds earns.

    Alpha-investing (Foster & Stine, JRSS B 70, 2008): however many tests are made, the chance that any of them
    succeeds where nothing is to be found stays below the level of the beginning.

    Parameters
    ----------
    level : float
        Of the whole series.
    left : float
        To invest.
    """

    level: float
    left: float

    @classmethod
    def of(cls, level: float) -> Wealth:
        """Begin with the whole level.

        >>> Wealth.of(0.05).limit(1)
        0.047...
        """
        return cls(level, level)

    def limit(self, tests: int) -> float:
        """Level of the next test when so many are still planned, it included: each may cost an equal part."""
        part = self.left / max(1, tests)
        return part / (1 + part)

    def after(self, limit: float, *, succeeded: bool) -> Wealth:
        """What is left after a test at a limit."""
        return Wealth(self.level, self.left + (self.level if succeeded else -limit / (1 - limit)))
