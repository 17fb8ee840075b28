"""Columns of points on the earth: two numbers in one text."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.core.texts import as_text
from mlestar_jupyter.core.values import Column as ColumnReading
from mlestar_jupyter.modalities.base import Cleaning, Modality, RawColumn
from mlestar_jupyter.modalities.names import free_name
from mlestar_jupyter.modalities.rendering import writer

_SHARE, _MOST_TEXTS, _FIRST_TEXTS = 0.95, 3000, 10
_PAIR = 2
_LATITUDE, _LONGITUDE = 90, 180
_POINT, _COMMA, _UNSIGNED = r"[-−]?\d{1,3}(?:\.\d+)?", r"[-−]?\d{1,3}(?:,\d+)?", r"\d{1,3}(?:\.\d+)?"
_LETTER = "[nNsSeEwW]"
_split = writer("cleaning_coordinates")


@dataclass(frozen=True)
class _Form:
    """A way to write a point.

    Parameters
    ----------
    shape : str
        A regular expression, in which ``<n>`` stands for a number and ``<h>`` for the letter of a hemisphere.
    number : str
        The regular expression of a number.
    east_first : bool
        Whether the longitude comes first.
    """

    shape: str
    number: str = _POINT
    east_first: bool = False

    @property
    def pattern(self) -> str:
        """What a whole text matches."""
        return self.shape.replace("<n>", self.number).replace("<h>", _LETTER)

    @property
    def groups(self) -> str:
        """The same with numbers and letters in groups, for texts with decimal points."""
        number = _POINT if self.has_comma else self.number
        return self.shape.replace("<n>", f"({number})").replace("<h>", f"({_LETTER})")

    @property
    def has_comma(self) -> bool:
        """Whether decimals have a comma."""
        return self.number == _COMMA

    @property
    def has_letters(self) -> bool:
        """Whether letters say the hemisphere."""
        return "<h>" in self.shape


_FORMS = (
    _Form(r"[(\[]?\s*<n>°?\s*[,;\s]\s*<n>°?\s*[)\]]?"),
    _Form(r"[(\[]?\s*<n>°?\s*;\s*<n>°?\s*[)\]]?", _COMMA),
    _Form(r"<n>\s*°?\s*<h>\s*[,;\s]\s*<n>\s*°?\s*<h>", _UNSIGNED),
    _Form(r"(?:SRID=\d+;)?(?:POINT|Point|point)\s*Z?\s*\(\s*<n>\s+<n>(?:\s+[-\d.]+)?\s*\)", east_first=True),
)


class Coordinates(Modality):
    """Points on the earth, which become latitude and longitude."""

    name = "coordinates"
    asked_as = None
    cleaned = "coordinates"

    def reading(self, raw: RawColumn) -> ColumnReading | None:
        texts = raw.texts if len(raw.texts) else _of_pairs(raw)
        some = texts.drop_duplicates().iloc[:_MOST_TEXTS]
        for form in _FORMS if len(some) else ():
            if example := _example(some, form):
                words = "a pair of coordinates"
                return ColumnReading(raw.name, "text", pattern=form.pattern, form=words, example=example)
        return None

    def detect(self, values: pd.Series, reading: ColumnReading) -> Column | None:
        del values
        return Column(reading.name, self.name, 0, 0.0) if _form_of(reading) is not None else None

    def notices(self, columns: Sequence[Column], readings: Mapping[str, ColumnReading]) -> Iterable[str]:
        for column in columns:
            example = readings[column.name].example
            yield f"{column.name}: pairs of coordinates such as {example!r}, split into latitude and longitude."

    def cleaning(self, task: Task, columns: Sequence[Column], kept: Sequence[Column]) -> Cleaning:
        del kept
        names, readings = _parts(task), {c.name: c for c in task.contract.columns}
        points = []
        for column in columns:
            if (form := _form_of(readings[column.name])) is not None:
                latitude, longitude = names[column.name]
                made = (longitude, latitude) if form.east_first else (latitude, longitude)
                points.append((column.name, form, made))
        return Cleaning(split=_split(points=points))

    def made(self, task: Task) -> Collection[str]:
        return [name for pair in _parts(task).values() for name in pair]


def _of_pairs(raw: RawColumn) -> pd.Series:
    """Write out lists of two numbers."""
    if raw.objects is None or raw.inferred != "mixed":
        return pd.Series([], dtype=object)
    is_pair = raw.objects.map(lambda v: isinstance(v, (list, tuple, np.ndarray)) and len(v) == _PAIR)
    return raw.objects.map(as_text) if is_pair.all() else pd.Series([], dtype=object)


def _example(texts: pd.Series, form: _Form) -> str:
    """Give the first of some texts where nearly all are points in this form; empty where they are not."""
    first = texts.iloc[:_FIRST_TEXTS]
    if first.str.fullmatch(form.pattern).mean() < 1 / 2:
        return ""
    matching = texts[texts.str.fullmatch(form.pattern).astype(bool)]
    if len(matching) < _SHARE * len(texts):
        return ""
    parts = _with_points(matching, form).str.extract(form.groups)
    pair = parts[[0, _PAIR]] if form.has_letters else parts[[0, 1]]
    values = pair.astype(float).abs()
    is_precise = pair.apply(lambda part: part.str.contains(r"\.\d\d")).to_numpy().mean(axis=0).min() > 1 / 2
    on_earth = (values.min(axis=1) <= _LATITUDE) & (values.max(axis=1) <= _LONGITUDE)
    return str(matching.iloc[0]) if is_precise and bool(on_earth.all()) else ""


def _with_points(texts: pd.Series, form: _Form) -> pd.Series:
    """Write minus signs and decimal points as Python has them."""
    plain = texts.str.replace("−", "-")
    return plain.str.replace(",", ".") if form.has_comma else plain


def _form_of(reading: ColumnReading) -> _Form | None:
    return next((form for form in _FORMS if reading.kind == "text" and reading.pattern == form.pattern), None)


def _parts(task: Task) -> dict[str, tuple[str, str]]:
    """Name latitude and longitude of each column."""
    taken = {c.name for c in task.columns}
    found = {}
    for name in task.names("coordinates"):
        found[name] = (free_name(f"{name}_latitude", taken), free_name(f"{name}_longitude", taken))
        taken.update(found[name])
    return found
