"""Tables of other libraries as DataFrames, by these libraries' own conversion.

Runs alone, as `rows` does.
"""

import importlib
import typing

import pandas as pd

from mlestar_jupyter.core.opening import RowsError
from mlestar_jupyter.core.texts import reason_of

CONVERSIONS = ("to_pandas", "toPandas", "df", "to_df")
"""What tables call it to become a DataFrame: Polars, Arrow, cuDF, Ibis, Modin, Hugging Face; Spark; DuckDB."""

EVALUATIONS = ("collect", "compute", "to_arrow")
"""What tables that are not computed yet call it to become one: Polars and narwhals; Dask."""

GIVE = "Give a DataFrame, a dict, or a list of dicts, with the names of the columns."


def from_library(table: typing.Any) -> pd.DataFrame | None:
    """Make a DataFrame of another library's table; None for what is none.

    Raises
    ------
    RowsError
        When the conversion fails.
    """
    if (convert := _method(table, CONVERSIONS)) is not None:
        return _converted(table, convert)
    if (evaluate := _method(table, EVALUATIONS)) is not None:
        found = _called(table, evaluate)
        return found if isinstance(found, pd.DataFrame) else from_library(found)
    if hasattr(type(table), "__arrow_c_stream__") and not isinstance(table, pd.Series):
        return _converted(_called(importlib.import_module("pyarrow"), "table", table), "to_pandas")
    return None


def _method(table: typing.Any, names: tuple[str, ...]) -> str | None:
    """Find a method on the type: to ask a lazy table for its attributes may compute it."""
    return next((name for name in names if callable(getattr(type(table), name, None))), None)


def _converted(table: typing.Any, name: str) -> pd.DataFrame:
    try:
        return pd.DataFrame(_called(table, name))
    except RowsError as refused:
        # what pandas wrote beside an Arrow table may name types that pandas cannot find again
        if not isinstance(refused.__cause__, TypeError) or not hasattr(table, "schema"):
            raise
        try:
            return pd.DataFrame(_called(table, name, ignore_metadata=True))
        except RowsError:
            raise refused from refused.__cause__


def _called(table: typing.Any, name: str, *given: typing.Any, **how: typing.Any) -> typing.Any:
    """Call a method of another library, whatever errors it has of its own."""
    try:
        return getattr(table, name)(*given, **how)
    except ImportError as error:
        raise RowsError(
            f"A table of the type {type(table).__name__} is converted by a package that is not installed: {error}.",
            "Install it, or give a DataFrame.",
        ) from error
    except Exception as error:
        raise RowsError(f"The table cannot be made a DataFrame: {reason_of(error, 80)}.", GIVE) from error


def text_name(name: typing.Any) -> str:
    """Make the name of a column text, one of several levels joined by an underscore."""
    return "_".join(str(part) for part in name if str(part)) if isinstance(name, tuple) else str(name)


def with_text_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Make the names of all columns text."""
    if all(isinstance(name, str) for name in frame.columns.tolist()):  # an index of text is slow to go through
        return frame
    frame = frame.copy(deep=False)
    frame.columns = pd.Index([text_name(name) for name in frame.columns], dtype=object)
    return frame


def with_known_names(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Take names with blanks around them for those without, where only these are known."""
    known = frame.columns.tolist()
    given = set(known)
    lacking = {name for name in names if name not in given}
    padded = {name: name.strip() for name in known if name.strip() in lacking} if lacking else {}
    return frame.rename(columns=padded) if padded and len(set(padded.values())) == len(padded) else frame
