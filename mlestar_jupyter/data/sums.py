"""Rows of sums among the others: by their form, or where each column has a value, by what the last one is called."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.sums import SUM_WORDS, sums_among
from mlestar_jupyter.core.texts import counted

_SAYS_SUM = re.compile(rf"(.*[\W_])?({SUM_WORDS})([\W_].*)?", re.IGNORECASE | re.DOTALL)
_WORD_ALONE = re.compile(SUM_WORDS, re.IGNORECASE)
_FEWEST_ROWS, _MOST = 5, 0.5
_FEWEST_SUMMED = 2
_ROUNDED = 1e-6


def sums_notice(frame: pd.DataFrame, usable: np.ndarray, used: str = "is used") -> list[str]:
    """Point out rows of sums: their form says so, or the last one by its word, alone or with the sums of those above.

    Parameters
    ----------
    frame : DataFrame
        As read: what a sum adds stands above it.
    usable : ndarray of bool of shape (n_rows,)
        The rows that are used; of others nothing is said.
    used : str
        How.

    Examples
    --------
    >>> table = pd.DataFrame({"region": ["N", "N", "S", "S", "Total"], "y": [1, 2, 3, 4, 10]})
    >>> sums_notice(table, np.full(5, True))[0]
    "Rows that look like sums (region: 'Total'; 1 row) are used like the others: delete them."
    """
    if len(frame) < _FEWEST_ROWS:
        return []
    if by_form := sums_among(frame, used, usable):
        return by_form
    last = {str(name): frame[name].iloc[-1] for name in frame.select_dtypes(["object", "string", "category"])}
    says = {name: v for name, v in last.items() if isinstance(v, str) and _SAYS_SUM.fullmatch(v.strip())}
    for name, text in says.items():
        values = frame[name].astype(object).map(lambda value: value if isinstance(value, str) else "")
        is_sum = values.isin([value for value in values.unique() if _SAYS_SUM.fullmatch(value.strip())]).to_numpy()
        is_alone = is_sum.sum() == 1 and _WORD_ALONE.fullmatch(text.strip()) is not None
        n_used = int((is_sum & usable).sum())
        if n_used and is_sum.mean() <= _MOST and (is_alone or _are_sums(frame, is_sum)):
            which = f"{name}: {frame[name][is_sum & usable].iloc[-1]!r}; {counted(n_used)}"
            return [f"Rows that look like sums ({which}) are used like the others: delete them."]
    return []


def _are_sums(frame: pd.DataFrame, is_sum: np.ndarray) -> bool:
    """Whether the last row has the sums of all rows that have none, or of those since the sums before."""
    dtypes = zip(map(str, frame), frame.dtypes, strict=True)
    names = [name for name, d in dtypes if types.is_numeric_dtype(d) and not types.is_complex_dtype(d)]
    numbers = frame[names].to_numpy(float, na_value=np.nan)
    before = np.flatnonzero(is_sum[:-1])
    blocks = [numbers[~is_sum], numbers[before[-1] + 1 if len(before) else 0 : -1]]
    for block in (block for block in blocks if len(block) >= _FEWEST_SUMMED):
        sums = np.nansum(block, axis=0)
        if (np.isclose(sums, numbers[-1], rtol=_ROUNDED, atol=0) & (sums != 0)).any():
            return True
    return False
