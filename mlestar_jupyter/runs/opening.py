"""Read the table of a run, and say which rows of it candidates are compared on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.sampling import comparable_rows, with_sample
from mlestar_jupyter.core.task import Dataset
from mlestar_jupyter.data.reading import TableSource, read_table
from mlestar_jupyter.data.roles import kept_as_text
from mlestar_jupyter.problems.folding import with_folds
from mlestar_jupyter.problems.recognition import make_dataset

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Opened:
    """What was read.

    Parameters
    ----------
    dataset : Dataset
    source : TableSource
    test : float or TableSource
        The share of rows that are sealed, or where they were read from.
    seconds : float
        What reading the table took.
    """

    dataset: Dataset
    source: TableSource
    test: float | TableSource
    seconds: float


def open_dataset(
    dataset: str | Path | pd.DataFrame,
    target: str,
    *,
    test: float | str | Path | pd.DataFrame,
    timeout: float | None,
    sample: int | None,
    **how: Any,
) -> Opened:
    """Read a table, and take a sample of a large one.

    Parameters
    ----------
    timeout : float or None
        Seconds of all phases together.
    sample : int, optional
        Rows to compare candidates on; by default `comparable_rows`.
    **how
        For `make_dataset`.

    Raises
    ------
    DataError, SettingError
        In one line that says how to mend it.
    """
    start = monotonic()
    texts, decimal = kept_as_text(how.get("roles")), how.get("decimal", "")
    table = read_table(dataset, texts=texts, decimal=decimal, target=target)
    source = table.source
    made = make_dataset(table, target, test=test, **how)
    del table  # a large one is not held twice
    sampled = with_sample(made, comparable_rows(made.task, timeout) if sample is None else sample)
    if sampled is not made:
        sampled = with_folds(sampled)
    seconds = monotonic() - start
    sealed = (
        float(test)
        if isinstance(test, (int, float))
        else read_table(test, "holdout", texts=texts, decimal=decimal).source
    )
    return Opened(sampled, source, sealed, seconds)
