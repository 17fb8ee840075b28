"""What is known of one column, and what every reading of its values begins with.

Runs alone, as `rows` does: the standard library, numpy and pandas.
"""

import dataclasses
import typing

import numpy as np
import pandas as pd
from pandas.api import types

FEW = 200
"""Rows, up to which a call of pandas for each column takes longer than to look at the values."""


@dataclasses.dataclass(frozen=True)
class Column:
    """How the values of one column are read, and what was seen in it.

    Parameters
    ----------
    name : str
    kind : str
        One of `KINDS`.
    needed : bool
        Whether new rows must have it: not where it identifies rows, never varies or is empty.
    dtype : {"float64", "float32", "float16"}
        Precision of the numbers.
    whole : bool
        Whether the numbers were stored as whole ones. Of text: whole numbers are the names of something.
    as_text : bool
        Whether the table holds the numbers or dates as text.
    decimal : str
        Decimal mark of numbers in text.
    thousands : str
        What may stand between thousands of numbers in text.
    affixes : tuple of str
        Currencies and units that numbers in text may have before or behind them.
    scales : tuple of str
        What may stand behind numbers in text and multiplies them, such as "k".
    signs : tuple of str
        Of numbers in text, as `amounts.Amount` has them; ``NESW`` for degrees of latitude or longitude.
    marks : tuple of str
        Texts among numbers, booleans or dates that count as missing.
    absent : tuple of float
        Of a target: numbers that stand for missing, such as -999.
    delimited : bool
        Whether a delimited file gave the values: texts such as "NA" are then missing.
    kept : tuple of str
        Of these texts, those that are categories: "NA" beside "EU" and "AS".
    trimmed : bool
        Whether blanks around texts are left out.
    infinite : bool
        Whether there were infinite numbers; they count as missing.
    mixed : bool
        Whether there were numbers or dates among the texts: "1.0" is then the category "1", and midnight has no time.
    spelling : tuple of str
        How numbers and booleans among the texts are spelled, where that is not how Python writes them.
    order : {"day", "month", "year", ""}
        What comes first in dates such as 3/9/26; empty where there were none.
    pivot : int
        The first two-digit year of dates that is of the 20th century.
    utc : bool
        Whether dates have a time zone.
    unit : {"s", "ms", "us", "ns", "excel", "ymd", "ym", "month", ""}
        Of numbers that stand for dates: since 1970, days as Excel counts them, or digits as in 20261231 and 202612; of
        texts, names of months without a year. Empty where there were none.
    freq : str
        Of periods; empty where there were none.
    pattern : str
        What valid texts match as a whole, where not all texts are valid.
    form : str
        What valid texts are, in words, such as "a colour".
    example : str
        A valid text.
    low, high, typical : float, str or None
        Range and median or most frequent value.
    categories : tuple of str
        All that were seen, where they are few.
    """

    name: str
    kind: str
    needed: bool = True
    dtype: str = "float64"
    whole: bool = False
    as_text: bool = False
    decimal: str = "."
    thousands: str = ""
    affixes: tuple[str, ...] = ()
    scales: tuple[str, ...] = ()
    signs: tuple[str, ...] = ()
    marks: tuple[str, ...] = ()
    absent: tuple[float, ...] = ()
    delimited: bool = False
    kept: tuple[str, ...] = ()
    trimmed: bool = False
    infinite: bool = False
    mixed: bool = False
    spelling: tuple[str, ...] = ()
    order: str = ""
    pivot: int = 69
    utc: bool = False
    unit: str = ""
    freq: str = ""
    pattern: str = ""
    form: str = ""
    example: str = ""
    low: float | str | None = None
    high: float | str | None = None
    typical: float | str | None = None
    categories: tuple[str, ...] = ()

    @property
    def is_amount(self) -> bool:
        """Whether its numbers in text have more than digits and a decimal mark."""
        return bool(self.thousands or self.affixes or self.scales or self.signs)


def dense(values: pd.Series) -> pd.Series:
    """Write out what a sparse column leaves out."""
    return values.astype(values.dtype.subtype) if isinstance(values.dtype, pd.SparseDtype) else values


def each(values: pd.Series, read: typing.Callable[[typing.Any], typing.Any], missing: typing.Any) -> list[typing.Any]:
    """Read value by value; of texts and categories each distinct one once, in a column of objects too."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        known = [read(v) for v in values.cat.categories.astype(object)]
        return [known[code] if code >= 0 else missing for code in values.cat.codes]
    if isinstance(values.dtype, pd.StringDtype) or (is_number(values.dtype) and isinstance(values.dtype, np.dtype)):
        codes, texts = pd.factorize(values)
        known = [read(v) for v in texts]
        return [known[code] if code >= 0 else missing for code in codes]
    one_by_one = list(values.astype(object))
    if set(map(type, one_by_one)) <= {str, type(None)}:
        distinct = {v: read(v) for v in dict.fromkeys(one_by_one)}
        return [distinct[v] for v in one_by_one]
    return [read(v) for v in one_by_one]


def among(values: pd.Series, texts: typing.Collection[str]) -> np.ndarray:
    """Find the values that are among some texts."""
    if len(values) > FEW:
        return values.isin(texts).to_numpy(dtype=bool)
    known = frozenset(texts)
    return np.fromiter((isinstance(value, str) and value in known for value in values), bool, len(values))


def floats(values: pd.Series) -> np.ndarray:
    """Give a column of numbers as floats, missing ones as NaN."""
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy(dtype=np.float64)
    return values.to_numpy(dtype=np.float64, na_value=np.nan)


def is_number(dtype: typing.Any) -> bool:
    """Whether a type is one of numbers: booleans and complex numbers are none."""
    return types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype) and not types.is_complex_dtype(dtype)
