"""Columns of numbers: amounts, counts and durations, stored as numbers or as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.core.values import read_number
from mlestar_jupyter.modalities.base import Advice, Cleaning, Measured, Modality, RawColumn
from mlestar_jupyter.modalities.date import epoch
from mlestar_jupyter.modalities.names import Pattern
from mlestar_jupyter.modalities.rendering import writer
from mlestar_jupyter.modalities.techniques import TechniqueKind, Values, always

_SHARE, _MOST_STRANGERS = 0.9, 5
_SENTINELS = (-99, -999, -9999, -99999, 999, 9999, 99999, 999999)
_OF_OBJECTS = {
    "integer": "number", "floating": "number", "mixed-integer-float": "number", "decimal": "number",
    "timedelta": "duration", "timedelta64": "duration",
}  # fmt: skip
"""By the names that pandas gives to kinds of objects."""
_CODES = 12  # whole numbers with at most so many values may be codes
_MANY = 200  # so many more numbers than other columns: the others are listed instead
_MOST_AMOUNTS, _MOST_FACTORS = 8, 3
_typed = writer("cleaning_numbers")


class Number(Modality):
    """Amounts, counts and durations, which become floats."""

    name = "numeric"
    asked_as = "number"
    is_amount = True

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        found = _of_type(raw) or _of_texts(raw)
        return found and (epoch(raw, found) or found)

    def asked(self, raw: RawColumn) -> ColumnReading | None:
        if types.is_bool_dtype(raw.values.dtype) or raw.inferred == "boolean":
            return ColumnReading(raw.name, "boolean")  # 1 and 0
        return _of_type(raw) or _of_texts(raw) or _of_some_texts(raw)

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        if reading.kind not in ("number", "duration"):
            return None
        sentinels = _find_sentinels(values)
        return Column(reading.name, self.name, 0, 0.0, stored_as_text=reading.as_text, sentinels=sentinels)

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        del readings
        if names := [c.name for c in columns if c.stored_as_text]:
            yield f"Numbers stored as text: {', '.join(names)}. They are read as numbers."

    def figures(self, known: pd.Series) -> Mapping[str, float | str]:
        numbers = known.astype(float)
        return {
            "outliers": _outlier_share(numbers),
            "mean": float(numbers.mean()),
            "lowest": f"{numbers.min():.4g}",
            "highest": f"{numbers.max():.4g}",
        }

    def measured(self, values: pd.Series) -> Measured | None:
        return Measured(values, is_numeric=True)

    def advice(self, columns: Sequence[Column]) -> Iterable[Advice]:
        if chosen := tuple(c for c in columns if c.stored_as_text):
            yield Advice("numbers-as-text", "low", chosen, "Numbers stored as text", "They are read as numbers.")

    def gaps(self, column: Column) -> list[float | str]:
        return [value for value in column.sentinels if not isinstance(value, str)]  # text becomes missing by itself

    def cleaning(self, task: Task, columns: Sequence[Column], kept: Sequence[Column]) -> Cleaning:
        del task
        numbers, others = [c.name for c in columns], [c.name for c in kept if c.role != self.name]
        shown = others if len(others) < len(numbers) - _MANY else None
        codes = [literal(c.name) for c in columns if 2 < c.n_unique <= _CODES]
        return Cleaning(
            typed=_typed(numbers=numbers, others=shown),
            recoded="".join(
                f"    X[{name}] = X[{name}].astype(str)  # few whole numbers: rather codes than amounts\n"
                for name in codes
            ),
            imports=("import numpy as np", "import pandas as pd"),
        )

    def least(self, columns: Sequence[Column]) -> str:
        del columns
        return ".replace([np.inf, -np.inf], np.nan)"

    def techniques(self) -> Mapping[str, TechniqueKind]:
        return {
            "ratios": TechniqueKind(
                10,
                "amounts in relation to each other, which trees find hard",
                writer("features_ratios"),
                "FunctionTransformer(add_ratios)",
                _several,
                lambda v: [Pattern(t, list(combinations(v["amounts"], 2))) for t in ("{} per {}", "{} minus {}")],
            ),
            "polynomials": TechniqueKind(
                90,
                "curves, and effects that depend on each other",
                writer("features_polynomials"),
                "FunctionTransformer(add_polynomials)",
                _factors,
                lambda v: [Pattern("{} times {}", list(combinations_with_replacement(v["amounts"], 2)))],
            ),
            "clusters": TechniqueKind(
                120,
                "rows of a kind",
                writer("features_clusters"),
                "Clusters()",
                _several,
                always("cluster", *(f"distance to cluster {k}" for k in range(6))),
            ),
            "components": TechniqueKind(
                130,
                "what many numbers say together",
                writer("features_components"),
                "Components()",
                lambda task: {} if len(amounts(task)) > 2 else None,
                always(*(f"component {k}" for k in range(1, 6))),
            ),
        }


# --- how numbers are read -----------------------------------------------------------------------------------------


def _of_type(raw: RawColumn) -> ColumnReading | None:
    """Recognise numbers and durations by the type of the column, or of its objects."""
    dtype = raw.values.dtype
    if types.is_timedelta64_dtype(dtype):
        return ColumnReading(raw.name, "duration")
    if types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype):
        plain = dtype if isinstance(dtype, np.dtype) else getattr(dtype, "numpy_dtype", np.dtype(float))
        short = plain.name if plain in (np.float16, np.float32) else "float64"
        whole = types.is_integer_dtype(dtype)
        return ColumnReading(raw.name, "number", dtype=short, whole=whole, decimal=raw.decimal)
    kind = _OF_OBJECTS.get(raw.inferred)
    if kind is None:
        return None
    decimal = raw.decimal if kind == "number" else "."
    return ColumnReading(raw.name, kind, whole=raw.inferred == "integer", decimal=decimal)


def _of_texts(raw: RawColumn) -> ColumnReading | None:
    """Recognise numbers that are stored as text, by the table's own decimal mark or by a point."""
    known = raw.known_texts
    for mark in dict.fromkeys((raw.decimal, ".")) if len(known) else ():
        if _are_numbers(known, mark):
            whole = len(known) == len(raw.texts) and bool(known.str.fullmatch(r"[+-]?\d+").all())
            return ColumnReading(raw.name, "number", as_text=True, decimal=mark, whole=whole)
    return None


def _of_some_texts(raw: RawColumn) -> ColumnReading:
    """Read as numbers what is one, by the mark that reads the most."""
    known = raw.values.dropna().map(as_text).str.strip().unique()
    marks = dict.fromkeys((raw.decimal, ".", ","))
    best = max(marks, key=lambda mark: sum(not np.isnan(read_number(text, mark)) for text in known))
    return ColumnReading(raw.name, "number", as_text=True, decimal=best)


def _are_numbers(texts: pd.Series, decimal: str) -> bool:
    """Whether nearly all texts are numbers, and none of the codes that a number would spoil, such as "01234"."""
    if texts.str.match(r"0\d").any():
        return False
    strangers = texts[np.isnan([read_number(text, decimal) for text in texts])]
    return len(strangers) <= (1 - _SHARE) * len(texts) and strangers.nunique() <= _MOST_STRANGERS


# --- what is seen in them -----------------------------------------------------------------------------------------


def _find_sentinels(values: pd.Series) -> tuple[float | str, ...]:
    """Find repeated values such as -999 that stand far from all others."""
    present = values.dropna().to_numpy(dtype=float)
    candidates = present[np.isin(present, _SENTINELS)]
    found: list[float] = []
    for value in _SENTINELS if len(candidates) else ():
        if (candidates == value).sum() > 1:
            rest = present[~np.isin(present, _SENTINELS)]
            if len(rest) and _is_far(value, float(rest.min()), float(rest.max())):
                found.append(value)
    return tuple(found)


def _is_far(value: float, low: float, high: float) -> bool:
    spread = high - low
    if value < 0:
        return low > value and (low >= 0 or low - value > spread / 2)
    return value - high > spread


def _outlier_share(numbers: pd.Series) -> float:
    """Share beyond 1.5 times the interquartile range; NaN when half of the values are equal."""
    known = numbers.to_numpy(dtype=float)
    low, high = np.quantile(known, [0.25, 0.75])
    reach = 1.5 * (high - low)
    if reach == 0:
        return float("nan")
    return float(((known < low - reach) | (known > high + reach)).mean())


# --- columns that techniques work on ------------------------------------------------------------------------------


def amounts(task: Task, most: int = _MOST_AMOUNTS) -> list[str]:
    """The numeric columns with the most distinct values: amounts rather than codes."""
    numeric = [
        c for c in task.columns if c.role == "numeric" and c.n_unique > _CODES and c.name not in (task.group, task.time)
    ]
    chosen = sorted(numeric, key=lambda c: -c.n_unique)[:most]
    return [c.name for c in task.columns if c in chosen]


def _several(task: Task) -> Values | None:
    found = amounts(task)
    return {"amounts": found} if len(found) > 1 else None


def _factors(task: Task) -> Values | None:
    found = amounts(task, _MOST_FACTORS)
    return {"amounts": found} if found else None
