"""Columns that number the rows of a table: what an export, an index or a database writes beside the data."""

from __future__ import annotations

import re

import numpy as np

_ROW_NUMBER = re.compile(
    r"unnamed: 0(\.\d+)*|index|idx|level_0|rows?|row[ _.]?(number|num|no|nr|names?|index)|rn|no|nr|s\.?[ _]?no|"
    r"sr\.?[ _]?(no|number)|serial([ _]?(no|nr|number))?|lfd\.?[ _]?nr|#|obs|observation|record([ _]?(no|nr|number))?|"
    r"instant|seq|sequence",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(^|[^a-z])(years?|yr|jahre?|months?|monat|weeks?|woche|quarter|quartal|days?|tag|dates?|datum|hours?|stunde|minutes?"
    r"|seconds?|time|timestamp|ts|epoch|zeit|periods?|age|alter|t)($|[^a-z])",
    re.IGNORECASE,
)
_FEWEST, _FEWEST_FLOATS = 10, 100
_MOST_MISSING = 0.1
_COLLISIONS = 12
"""Equal pairs among whole numbers drawn at random; where so many are expected and none is found, they were given out
one by one, as numbers of rows are."""
_IN_ORDER = 0.9
_RANDOM = 0.5


def numbers_rows(values: np.ndarray, name: str, n_rows: int, *, stored_whole: bool) -> bool:
    """Whether numbers do no more than number rows: in any order, from any start, with any step, rows deleted or not.

    Parameters
    ----------
    values : ndarray of float
        Those that are there, in the order of the table.
    name : str
        Of the column: a year counts up too, and yet says when.
    n_rows : int
        With those that have no value.
    stored_whole : bool
        Whether the table keeps them as whole numbers; few others are rather steps of an experiment.
    """
    fewest = _FEWEST if stored_whole or names_rows(name) else _FEWEST_FLOATS
    if len(values) < max(fewest, (1 - _MOST_MISSING) * n_rows) or says_time(name) or not are_whole(values):
        return False
    steps = np.diff(np.sort(values))
    if steps.min() > 0:
        return bool(steps.max() == steps.min()) or names_rows(name) or _is_dense(steps)
    distinct = 1 + int((steps > 0).sum())
    in_order = float(np.mean(np.diff(values) == 1))  # tables put one below the other begin anew
    return names_rows(name) and (in_order >= _IN_ORDER or distinct >= _RANDOM * len(values))


def are_whole(values: np.ndarray) -> bool:
    """Whether there are numbers, and none has a fraction."""
    return len(values) > 0 and bool((values[:1000] % 1 == 0).all()) and bool((values % 1 == 0).all())


def names_rows(name: str) -> bool:
    """Whether a column's name is one that exports give to the numbers of rows.

    >>> names_rows("Unnamed: 0"), names_rows("RowNumber"), names_rows("narrow")
    (True, True, False)
    """
    return bool(_ROW_NUMBER.fullmatch(name.strip()))


def says_time(name: str) -> bool:
    """Whether a column's name says that its numbers are times or ages.

    >>> says_time("YEAR"), says_time("day_of_year"), says_time("birthday")
    (True, True, False)
    """
    return bool(_TIME.search(name))


def _is_dense(steps: np.ndarray) -> bool:
    """Whether unique numbers lie so close together that chance would have drawn some of them twice."""
    n = len(steps) + 1
    unit = int(np.gcd.reduce(steps.astype(np.int64))) if steps.max() < 2.0**62 else 1
    places = float(steps.sum()) / unit + 1
    return n * n / (2 * places) >= _COLLISIONS
