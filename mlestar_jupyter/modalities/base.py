"""A modality: what a column can be (its role), and all that the rest of the package asks of it.

Each method has a default, so that a modality says only what is particular to it.
"""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, Literal, NamedTuple

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.contract import evenly
from mlestar_jupyter.core.quantities import read_number
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.texts import MISSING_TEXTS, as_text
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.amounts import SeveralUnits, Written
from mlestar_jupyter.modalities.amounts import find as find_amounts
from mlestar_jupyter.modalities.date_evidence import DateTexts, all_texts, date_texts
from mlestar_jupyter.modalities.marks import Evidence, categories
from mlestar_jupyter.modalities.techniques import TechniqueKind

_MOST_SENTINELS = 5
Severity = Literal["high", "medium", "low"]


@dataclass(frozen=True, eq=False)
class RawColumn:
    """A column of a table as it was given.

    Parameters
    ----------
    name : str
    values : Series
        Not sparse.
    decimal : str
        Decimal mark with which the table's file was read.
    function : str
        The pandas function that read the table; empty for a DataFrame.
    dayfirst : bool or None
        What comes first in its dates, as the user says.
    prefers : {".", ",", ""}
        The decimal mark of numbers in text where they do not say it themselves.
    """

    name: str
    values: pd.Series
    decimal: str = "."
    function: str = ""
    dayfirst: bool | None = None
    prefers: str = ""

    @cached_property
    def objects(self) -> pd.Series | None:
        """The values that are there as Python objects; None where the column's type says what they are."""
        dtype = self.values.dtype
        if isinstance(dtype, (pd.CategoricalDtype, pd.PeriodDtype)) or types.is_numeric_dtype(dtype):
            return None
        if types.is_timedelta64_dtype(dtype) or types.is_datetime64_any_dtype(dtype):
            return None
        return self.values.dropna().astype(object)

    @cached_property
    def inferred(self) -> str:
        """The name that pandas gives to the kind of the objects; empty where the column's type says it."""
        return "" if self.objects is None else types.infer_dtype(self.objects)

    @cached_property
    def texts(self) -> pd.Series:
        """The texts of a column of texts, of a large table some; none for another column."""
        if self.objects is None or self.inferred not in ("string", "bytes"):
            return pd.Series([], dtype=object)
        return self.objects.iloc[evenly(len(self.objects))].map(as_text).astype(object).str.strip()

    @cached_property
    def amounts(self) -> Written | SeveralUnits | None:
        """How the amounts are written, where it is a column of texts, or of texts among numbers, that hold some."""
        if len(self.texts):
            return find_amounts(self.texts, self.prefers)
        if self.objects is None or self.inferred not in ("mixed", "mixed-integer"):
            return None
        some = self.objects.iloc[evenly(len(self.objects))]
        is_text = some.map(lambda value: isinstance(value, str)).astype(bool)
        numbers = some[~is_text].map(lambda value: read_number(value, "."))
        if numbers.isna().any() or not is_text.any():
            return None
        return find_amounts(some[is_text].str.strip(), self.prefers, numbers)

    @cached_property
    def known_texts(self) -> pd.Series:
        """The texts that do not say "missing"."""
        return self.texts[~self.texts.str.casefold().isin(MISSING_TEXTS)]

    @cached_property
    def dates(self) -> DateTexts | None:
        """All of the texts, where some of them are dates, or stand beside dates as Python has them."""
        if self.objects is not None and self.inferred in ("mixed", "mixed-integer"):
            has_dates = any(isinstance(value, (datetime.date, np.datetime64)) for value in self.objects)
            return all_texts(self.objects, MISSING_TEXTS) if has_dates else None
        return date_texts(self.objects, self.known_texts, MISSING_TEXTS) if self.objects is not None else None


def text_sentinels(values: pd.Series, kept: Collection[str] = ()) -> tuple[str, ...]:
    """Find the texts that say "missing", besides those that are known for categories."""
    texts = values.dropna().astype(object)
    marks = [t for t in texts.unique() if t.strip().casefold() in MISSING_TEXTS and t not in kept]
    if marks:
        counts = {str(text): int(n) for text, n in texts.value_counts().items()}
        known = categories(counts, Evidence(n_blank=len(values) - len(texts)))
        marks = [mark for mark in marks if mark not in known]
    return tuple(marks)[:_MOST_SENTINELS]


def blank_sentinels(values: pd.Series) -> tuple[str, ...]:
    """Find the texts that hold nothing: all that says "missing" where a user asks to keep what there is."""
    blank = (text for text in values.dropna().unique() if isinstance(text, str) and not text.strip())
    return tuple(blank)[:_MOST_SENTINELS]


@dataclass(frozen=True)
class Advice:
    """Something to know of some columns, and what to do about it.

    Parameters
    ----------
    code : str
        Names the kind of issue.
    severity : {"high", "medium", "low"}
    columns : tuple of Column
    text, advice : str
    counts : bool
        Whether the numbers of distinct values are shown.
    """

    code: str
    severity: Severity
    columns: tuple[Column, ...]
    text: str
    advice: str
    counts: bool = False


class Measured(NamedTuple):
    """Values as they are compared with the target: numbers by their ranks, others as classes."""

    values: pd.Series
    is_numeric: bool


@dataclass(frozen=True)
class Cleaning:
    """What the ``cleaning`` block does with the columns of a role: indented lines for each of its stages, in order.

    Parameters
    ----------
    typed : str
        Give the columns their type.
    recoded : str
        Another view of them, which the block tries as a variant of its own.
    filled : str
        Fill what is missing, after values that stand for missing were taken out.
    split : str
        Make several columns of each.
    imports : tuple of str
        Import lines.
    """

    typed: str = ""
    recoded: str = ""
    filled: str = ""
    split: str = ""
    imports: tuple[str, ...] = ()


class Step(NamedTuple):
    """A step of the ``preprocessing`` block: its name, the expression of a transformer, and what it is given."""

    name: str
    expression: str
    columns: str | list[str]


@dataclass(frozen=True)
class Encoding:
    """How columns become numbers by steps of their own, in every kind of preprocessing that has more than codes.

    Parameters
    ----------
    constant : str
        Name in the block for the list of these columns, such as ``"TEXTS"``.
    words : str
        What they are, in words.
    columns : list of str
    steps : list of Step
    imports : tuple of str
        Import lines.
    definitions : str
        Source of functions and classes that the steps use.
    """

    constant: str
    words: str
    columns: list[str]
    steps: list[Step]
    imports: tuple[str, ...] = ()
    definitions: str = ""


class Modality:
    """What a column can be.

    Attributes
    ----------
    name : str
        The role of such columns.
    asked_as : str or None
        By which word a user asks for it, as in ``--role zip=category``; empty: by its name. None: by none.
    keeps_text : bool
        Whether a column for which a user asks for this role stays as a file has it: "007" is no number then.
    is_input : bool
        Whether models learn from them. The cleaning block drops others, and new rows may leave them out.
    varies : bool
        Whether their values differ.
    is_amount : bool
        Whether they are compared with each other as amounts.
    cleaned : str
        What the cleaning block says that it does with them, after types and missing values.
    """

    name: ClassVar[str]
    asked_as: ClassVar[str | None] = ""
    keeps_text: ClassVar[bool] = False
    is_input: ClassVar[bool] = True
    varies: ClassVar[bool] = True
    is_amount: ClassVar[bool] = False
    cleaned: ClassVar[str] = ""

    @property
    def word(self) -> str:
        """The role as users write and read it."""
        return self.asked_as or self.name

    # --- how it is read and found -------------------------------------------------------------------------------------

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        """Say how a column of a table is read, here and wherever the model runs; None to leave it to others.

        The kinds of `core.values.KINDS` do the reading, since it must run where neither this package nor a plug-in is
        installed. A ``pattern`` says which texts are valid.
        """
        del raw
        return None

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        """Say how a column is read for which a user asks for this role; None: as without being asked."""
        return self.reading(raw)

    def described(self, values: pd.Series, reading: ColumnReading) -> Column:
        """Say what a column is for which a user asks for this role. Its counts are filled in later."""
        return self.detect(values, reading) or Column(reading.name, self.name, 0, 0.0)

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        """Say what a column is that has this role; None where it has another. Its counts are filled in later.

        Parameters
        ----------
        values : Series
            As `reading` reads them.
        reading : core.values.Column
        """
        del values, reading
        return None

    def takes_over(self, values: pd.Series, column: Column, reading: ColumnReading) -> Column | None:
        """Take over a column that another role has detected, by what its values are together; None to leave it.

        Parameters
        ----------
        values : Series
            Without those that stand for missing.
        column : Column
            With its counts.
        reading : core.values.Column
        """
        del values, column, reading
        return None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        """Say on reading what to know of the columns that have this role; there is one at least."""
        del columns, readings
        return ()

    # --- what the profile shows ---------------------------------------------------------------------------------------

    def figures(self, known: pd.Series) -> Mapping[str, float | str]:
        """Figures of the profile: ``outliers``, ``mean``, ``lowest``, ``highest``; of values that are there."""
        del known
        return {}

    def measured(self, values: pd.Series) -> Measured | None:
        """Make values comparable with the target; None where they cannot be."""
        del values
        return None

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        """Say what to know of the columns that have this role; there is one at least."""
        del columns
        return ()

    # --- what the blocks do with it -----------------------------------------------------------------------------------

    def gaps(self, column: Column) -> list[float | str]:
        """Values that the cleaning block makes missing."""
        return list(column.sentinels)

    def cleaning(self, task: Task, columns: Sequence[Column], kept: Sequence[Column]) -> Cleaning:
        """Write what the cleaning block does.

        Parameters
        ----------
        task : Task
        columns : sequence of Column
            Those of this role; one at least.
        kept : sequence of Column
            All that the block keeps.
        """
        del task, columns, kept
        return Cleaning()

    def least(self, columns: Sequence[Column]) -> str:
        """Write the least that other blocks need, as a call behind ``X``, such as ``.fillna({"a": ""})``."""
        del columns
        return ""

    def made(self, task: Task) -> Collection[str]:
        """Names of the columns that the cleaning block makes."""
        del task
        return ()

    def encoding(self, columns: Sequence[Column]) -> Encoding | None:
        """Say how the columns become numbers by steps of their own; None: as numbers or categories, by their type."""
        del columns
        return None

    def techniques(self) -> Mapping[str, TechniqueKind]:
        """Techniques of the ``features`` block that work on such columns, by name."""
        return {}
