"""Columns of numbers: amounts, counts and durations, stored as numbers or as text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations, combinations_with_replacement

import numpy as np
import pandas as pd
from pandas.api import types

from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.amounts import Written
from mlestar_jupyter.modalities.amounts import find as find_amounts
from mlestar_jupyter.modalities.base import Advice, Cleaning, Measured, Modality, RawColumn
from mlestar_jupyter.modalities.date import epoch
from mlestar_jupyter.modalities.names import Pattern
from mlestar_jupyter.modalities.rendering import writer
from mlestar_jupyter.modalities.techniques import TechniqueKind, Values, always

_LIMITS = frozenset({999.25, 32767.0, 32768.0, 65535.0, 2147483647.0, 2147483648.0, 4294967295.0})
_HUGE, _SMALLEST, _SMALLEST_POSITIVE = 1e20, 77, 99.5
_LONGEST_SCALE, _MOST_SENTINELS = 20, 8
_OF_OBJECTS = {
    "integer": "number", "floating": "number", "mixed-integer-float": "number", "decimal": "number",
    "timedelta": "duration", "timedelta64": "duration", "time": "time",
}  # fmt: skip
"""By the names that pandas gives to kinds of objects."""
_LARGEST_EXACT, _INFINITE = 2**53, 10**300
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
        if reading.kind not in ("number", "duration", "time"):
            return None
        sentinels = find_sentinels(values)
        return Column(reading.name, self.name, 0, 0.0, stored_as_text=reading.as_text, sentinels=sentinels)

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        if names := [c.name for c in columns if c.stored_as_text and not readings[c.name].example]:
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
        return ".replace(np.inf, np.nan).replace(-np.inf, np.nan)"

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
        if whole and _loses_digits(raw.values):
            return None
        return ColumnReading(raw.name, "number", dtype=short, whole=whole, decimal=raw.decimal)
    kind = _OF_OBJECTS.get(raw.inferred)
    if kind is None or (raw.inferred == "integer" and _loses_digits(raw.values)):
        return None
    decimal = raw.decimal if kind == "number" else "."
    return ColumnReading(raw.name, kind, whole=raw.inferred == "integer", decimal=decimal)


def _loses_digits(values: pd.Series) -> bool:
    """Whether whole numbers that differ would be equal as floats: numbers of so many digits are names."""
    present = values.dropna()
    largest = 0 if present.empty else max(abs(int(present.min())), abs(int(present.max())))
    if not _LARGEST_EXACT < largest < _INFINITE:
        return False
    return bool(present.astype(float).nunique() < present.nunique())


def _of_texts(raw: RawColumn) -> ColumnReading | None:
    """Recognise numbers, times of day and durations that are stored as text."""
    return _as_written(raw.name, raw.amounts) if isinstance(raw.amounts, Written) else None


def _of_some_texts(raw: RawColumn) -> ColumnReading:
    """Read as numbers what is one, in the way that reads the most."""
    texts = raw.values.dropna().map(as_text).astype(object).str.strip()
    found = find_amounts(texts, raw.prefers, is_asked=True)
    plain = ColumnReading(raw.name, "number", as_text=True, decimal=raw.decimal)
    return _as_written(raw.name, found) if isinstance(found, Written) else plain


def _as_written(name: str, found: Written) -> ColumnReading:
    return ColumnReading(
        name,
        found.kind,
        as_text=True,
        whole=found.whole,
        decimal=found.decimal,
        thousands=found.thousands,
        affixes=found.affixes,
        scales=found.scales,
        signs=found.signs,
        example="" if found.is_plain and found.decimal == "." and not (found.unsure or found.maybe) else found.example,
    )


# --- what is seen in them -----------------------------------------------------------------------------------------


def find_sentinels(values: pd.Series) -> tuple[float, ...]:
    """Find repeated values such as -999 that stand far from all others, in less than half of the rows."""
    rest = values.dropna().to_numpy(dtype=float)
    counts: dict[float, int] = {}
    size = len(rest)
    while len(rest) and len(counts) < _MOST_SENTINELS:
        chosen = [value for value in (float(rest.min()), float(rest.max())) if _says_missing(value)]
        if not chosen:
            break
        for value in chosen:
            counts[value] = int((rest == value).sum())
            rest = rest[rest != value]
    if not len(rest):
        return ()
    low, high = float(rest.min()), float(rest.max())
    is_scale = high <= _LONGEST_SCALE and bool((rest == rest.round()).all())
    found = [
        v for v, n in counts.items() if n > 1 and low < high and _is_far(v, low, high, is_scale=is_scale and n > 2)
    ]
    return tuple(sorted(found)) if 2 * sum(counts[value] for value in found) < size else ()


def _says_missing(value: float) -> bool:
    """Whether a value is one that programs and people write for "missing": nines, or the limit of a type.

    >>> [v for v in (-999.0, 99.99, -999.25, 9.0, 98.0, 2147483647.0, 1e30, 1234.0, 9.99) if _says_missing(v)]
    [-999.0, 99.99, -999.25, 98.0, 2147483647.0, 1e+30]
    """
    size = abs(value)
    if size >= _HUGE:
        return f"{size:e}".startswith(("1.000000", "9.969210"))
    if size in _LIMITS:
        return True
    digits = f"{size:.10g}".replace(".", "")
    return size >= _SMALLEST and re.fullmatch(r"9+|9*[678]|8+|7+", digits) is not None


def _is_far(value: float, low: float, high: float, *, is_scale: bool) -> bool:
    spread = high - low
    if value < 0:
        return low > value and (low >= 0 or low - value > spread / 2)
    if value < _SMALLEST_POSITIVE:  # 99 may be an amount like any other; beside 1 to 5 it is none
        return is_scale
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
