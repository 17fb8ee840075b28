"""Tables in memory: of pandas, of other libraries, and as Python and NumPy have them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import pandas as pd

from mlestar_jupyter.core.frames import from_library
from mlestar_jupyter.core.json_tables import nested_keys, spread
from mlestar_jupyter.errors import DataError

_GIVE = "Give the path of a file, or a pandas DataFrame."
_NAME_COLUMNS = "Name its columns: pd.DataFrame(array, columns=[…])."
_SHOWN = 3


def frame_of(table: object, called: str = "The dataset") -> pd.DataFrame:
    """Make a DataFrame of a table in memory; a DataFrame is taken as it is.

    Parameters
    ----------
    table : object
    called : str
        What it is called in messages.

    Raises
    ------
    DataError, RowsError
        When it is no table, or its columns have no names.
    """
    if isinstance(table, pd.DataFrame):
        return table
    found = from_library(table)
    if found is not None:
        return found
    if isinstance(getattr(table, "frame", None), pd.DataFrame):  # as scikit-learn loads its data sets
        return pd.DataFrame(table.frame)  # type: ignore[attr-defined]
    if isinstance(table, Mapping):
        return _of_columns(table, called)
    if isinstance(table, np.ndarray):
        if table.dtype.names is None:
            raise DataError(f"{called} is an array, whose columns have no names.", mend=_NAME_COLUMNS)
        return pd.DataFrame({name: table[name] for name in table.dtype.names})
    if isinstance(table, list) and table:
        return _of_rows(table, called)
    if isinstance(table, pd.Series):
        raise DataError(f"{called} is a Series, which is one column.", mend="Give a DataFrame.")
    raise DataError(f"{called} is {table!r:.60} ({type(table).__name__}), which is no table.", mend=_GIVE)


def _of_columns(columns: Mapping[object, object], called: str) -> pd.DataFrame:
    if "data" in columns and "target" in columns and "feature_names" in columns:
        raise DataError(f"{called} is a Bunch of scikit-learn, without its table.", mend="Load it with as_frame=True.")
    shown = list(columns)[:_SHOWN]
    if columns and all(isinstance(value, pd.DataFrame) for value in columns.values()):
        names = ", ".join(map(repr, shown))
        raise DataError(f"{called} is a dict of tables ({names}).", mend=f"Give one of them: tables[{shown[0]!r}].")
    if not any(hasattr(value, "__len__") and not isinstance(value, (str, bytes)) for value in columns.values()):
        raise DataError(f"{called} is a dict of single values.", mend="Give a dict of columns, each a list.")
    try:
        return pd.DataFrame(dict(columns))
    except ValueError as error:
        lengths = ", ".join(f"{name}: {len(value)}" for name, value in columns.items() if hasattr(value, "__len__"))
        raise DataError(f"{called} has columns with different numbers of rows ({lengths:.100}).",
                        mend="Give all columns as many rows.") from error  # fmt: skip


def _of_rows(rows: list[object], called: str) -> pd.DataFrame:
    if unnamed := [row for row in rows if not _has_names(row)]:
        raise DataError(
            f"{called} is a list, in which {unnamed[0]!r:.40} ({type(unnamed[0]).__name__}) names no columns.",
            mend="Give a list of dicts, or name the columns: pd.DataFrame(rows, columns=[…]).",
        )
    if nested := nested_keys(rows):
        return pd.DataFrame([spread(row, [f"{name}." for name in nested]) for row in rows])  # type: ignore[arg-type]
    return pd.DataFrame(rows)


def _has_names(row: object) -> bool:
    return isinstance(row, Mapping) or dataclasses.is_dataclass(row) or hasattr(row, "_fields")
