"""Panels: tables with several rows for each person or thing, known by neighbouring rows that agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.texts import counted, some_of

_FEWEST_ROWS, _SEEN = 200, 50_000
_ALIKE = 0.8
"""Agreement of neighbouring rows beyond chance, 0 to 1, from which a column holds still."""
_RECURS = 3
"""A value comes back in so many places: one that does not is what the file is sorted by."""
_FEWEST_COLUMNS = 2  # one column alone may be a region, or a day
_FEWEST_RUNS, _SHORTEST, _LONGEST = 20, 2.0, 50.0


def find_panel(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[str, ...]:
    """Find the columns that hold still over runs of neighbouring rows, as what belongs to a person does.

    Random folds part such rows and flatter the score: rows of the same person stand on both sides (Roberts et al.,
    "Cross-validation strategies for data with temporal, spatial, hierarchical, or phylogenetic structure", Ecography
    40, 2017).

    Parameters
    ----------
    frame : DataFrame
        In the order of the file.
    columns : sequence of str
        Those to look at.

    Returns
    -------
    tuple of str
        Two columns or more; empty where the rows are no panel, or shuffled.
    """
    seen = frame.iloc[:_SEEN]
    if len(seen) < _FEWEST_ROWS:
        return ()
    found = tuple(c for c in columns if _holds_still(seen[c]))
    if len(found) < _FEWEST_COLUMNS:
        return ()
    count = int(number_runs(seen, found)[-1]) + 1
    is_panel = count >= _FEWEST_RUNS and _SHORTEST <= len(seen) / count <= _LONGEST
    return found if is_panel else ()


def _holds_still(column: pd.Series) -> bool:
    """Whether neighbouring rows agree far more than rows drawn at random, and values come back further on."""
    values = column.to_numpy()
    if np.mean(values[1:] == values[:-1]) < _ALIKE / 2:
        return False
    codes = pd.factorize(column, use_na_sentinel=False)[0]
    chance = float(np.sum((np.bincount(codes) / len(codes)) ** 2))
    equal = codes[1:] == codes[:-1]
    runs, kinds = 1 + int(np.sum(~equal)), int(codes.max()) + 1
    return chance < 1 and (float(equal.mean()) - chance) / (1 - chance) >= _ALIKE and runs >= _RECURS * kinds


def number_runs(frame: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Number the runs: a new one begins where two of the columns change at once, or one of only two.

    Somebody who moves stays the same; a neighbour of the same kind is taken for the same, which costs little.
    """
    codes = np.column_stack([pd.factorize(frame[c], use_na_sentinel=False)[0] for c in columns])
    changes = np.sum(codes[1:] != codes[:-1], axis=1)
    return np.concatenate([[0], np.cumsum(changes >= _needed(columns))])


def _needed(columns: Sequence[str]) -> int:
    return min(2, len(columns) - 1)


def runs_code(columns: Sequence[str]) -> str:
    """Write `number_runs` as plain source: ``groups`` from ``table``."""
    names = ", ".join(map(literal, columns))
    changes = f"still.diff().fillna(0).ne(0).sum(axis=1) >= {_needed(columns)}"
    return (
        f"still = table[[{names}]].apply(lambda column: pd.factorize(column, use_na_sentinel=False)[0])\n"
        f"groups = ({changes}).cumsum()  # runs of rows that agree\n"
    )


def group_notices(values: pd.Series) -> list[str]:
    """Say which rows are one group since they have no value, and which groups differ in writing alone."""
    alike: dict[str, list[str]] = {}
    for text in values.dropna().unique():
        if isinstance(text, str):
            alike.setdefault(text.strip().casefold(), []).append(text)
    said = []
    if len(values) > 1 and values.is_unique:
        said.append(f"Each row has a {values.name} of its own: --group keeps nothing together.")
    if values.isna().any():
        count = counted(int(values.isna().sum()))
        said.append(f"{count} without a value of {values.name} are one group. Write a value where they are several.")
    if differ := [" and ".join(map(repr, texts)) for texts in alike.values() if len(texts) > 1]:
        said.append(
            f"Groups of {values.name} that differ in writing alone: {some_of(differ)}. Each is a group of its own; "
            "write them alike where they are one."
        )
    return said
