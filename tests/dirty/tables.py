"""Ten clean tables, whose every value is known in its type."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd

from tests.dirty.locales import Locale

N_ROWS = 140
_MISSING = 0.07


@dataclass(frozen=True)
class Field:
    """One column: its values in their own types, None where there is none.

    Parameters
    ----------
    name : str
    kind : str
        number, whole, year, code, date, moment, boolean, category or text.
    values : list
    digits : int
        Behind the decimal mark.
    unit : str
        "money", "share" or none.
    """

    name: str
    kind: str
    values: list
    digits: int = 0
    unit: str = ""


Maker = Callable[[np.random.Generator, Locale], Field]


def _holes(r, values):
    return [None if r.random() < _MISSING else value for value in values]


def _number(name, low, high, digits=2, unit="", *, full=False):
    def make(r, locale):
        values = [round(float(v), digits) for v in r.uniform(low, high, N_ROWS)]
        return Field(name, "number", values if full else _holes(r, values), digits, unit)

    return make


def _whole(name, low, high, kind="whole", unit=""):
    def make(r, locale):
        return Field(name, kind, _holes(r, [int(v) for v in r.integers(low, high, N_ROWS)]), 0, unit)

    return make


def _code(name, length, distinct=None):
    def make(r, locale):
        known = r.choice(10**length // 3, distinct or N_ROWS, replace=False)
        picked = known if distinct is None else r.choice(known, N_ROWS)
        return Field(name, "code", [f"{v:0{length}d}" for v in picked])

    return make


def _date(name, first, days, kind="date"):
    def make(r, locale):
        start = dt.datetime.fromisoformat(first)
        steps = r.integers(0, days, N_ROWS)
        if kind == "date":
            return Field(name, kind, _holes(r, [(start + dt.timedelta(days=int(s))).date() for s in steps]))
        seconds = r.integers(0, 86_400, N_ROWS)
        moments = [start + dt.timedelta(days=int(s), seconds=int(t)) for s, t in zip(steps, seconds, strict=True)]
        return Field(name, kind, _holes(r, moments))

    return make


def _boolean(name):
    return lambda r, locale: Field(name, "boolean", _holes(r, [bool(v) for v in r.random(N_ROWS) < 0.4]))


def _category(name, texts=""):
    def make(r, locale):
        known = (texts or locale.places).split()
        return Field(name, "category", _holes(r, [str(v) for v in r.choice(known, N_ROWS)]))

    return make


def _text(name, *, marks=False):
    def make(r, locale):
        words = locale.words.split()
        texts = [" ".join(str(w) for w in r.choice(words, r.integers(5, 12))) for _ in range(N_ROWS)]
        if marks:  # what has to be quoted
            ends = ['; "so" it is', ", well", "\nnext line", " | end", " 'tis"]
            texts = [text + ends[i % 7] if i % 7 < len(ends) else text for i, text in enumerate(texts)]
        return Field(name, "text", _holes(r, texts))

    return make


def _labels(name, words=""):
    """A target of labels that the first column decides."""

    def make(r, locale, first):
        known = words.split() or [locale.no, locale.yes]
        ranks = pd.Series(first.values, dtype=float).fillna(0).rank(pct=True) * 0.999
        return Field(name, "category", [known[int(rank * len(known))] for rank in ranks])

    return make


def _quantity(name, factor, digits, unit=""):
    """A target that is a number, from the first column."""

    def make(r, locale, first):
        values = pd.Series(first.values, dtype=float).fillna(0) * factor + r.normal(0, abs(factor), N_ROWS)
        return Field(name, "number", [round(float(v), digits) for v in values], digits, unit)

    return make


_TABLES = {
    "sales": (
        [_number("price", 5, 9000, 2, "money"), _whole("quantity", 1, 40), _category("city"), _boolean("returned"),
         _date("sold_on", "2019-01-03", 1500), _text("note")],
        _labels("class", "low mid high"),
    ),
    "clinic": (
        [_number("weight", 45, 120, 1), _whole("age", 18, 95), _category("sex", "m f"), _boolean("smoker"),
         _date("admitted", "2015-05-01", 2500), _number("dose", 0.005, 0.9, 4)],
        _quantity("pressure", 1.3, 1),
    ),
    "accounts": (
        [_number("balance", -25_000, 250_000, 2, "money"), _code("branch", 4, 12), _whole("moves", 0, 90_000),
         _date("opened", "1999-02-01", 8000), _number("rate", 0.1, 18, 2, "share"), _category("city")],
        _labels("closed"),
    ),
    "weather": (
        [_number("temperature", -28, 39, 1), _number("rain", 0, 60, 1), _category("station"),
         _date("measured", "2021-11-01", 200, "moment"), _number("pressure", 960, 1045, 2), _number("humidity", 20, 100, 0, "share")],
        _quantity("wind", 2.2, 2),
    ),
    "reviews": (
        [_whole("stars", 1, 6), _text("review", marks=True), _code("article", 6), _category("city"), _boolean("verified"),
         _number("helpful", 0, 1, 3)],
        _labels("recommends"),
    ),
    "cars": (
        [_whole("mileage", 1200, 320_000), _whole("built", 1994, 2024, "year"), _category("fuel", "petrol diesel electric LPG"),
         _number("engine", 0.9, 6.3, 1), _boolean("warranty"), _text("extras")],
        _quantity("price", 0.11, 0, "money"),
    ),
    "pupils": (
        [_number("mark", 1, 6, 1), _code("school", 5, 20), _date("born", "2006-08-01", 900), _category("course", "A B C D"),
         _whole("absent", 0, 35), _number("income", 900, 9500, 0, "money")],
        _labels("passed"),
    ),
    "sensors": (
        [_number("current", 0.000002, 0.0009, 6), _number("voltage", 2.1, 12.9, 3), _date("at", "2023-03-01", 20, "moment"),
         _code("serial", 8), _number("offset", -0.5, 0.5, 5), _whole("cycles", 10_000, 9_000_000)],
        _labels("fault", "none heat dust"),
    ),
    "houses": (
        [_number("area", 28, 390, 1), _whole("rooms", 1, 11), _code("postcode", 5, 30), _boolean("garage"),
         _date("listed", "2022-01-10", 700), _text("about")],
        _quantity("price", 2950, 0, "money"),
    ),
    "staff": (
        [_number("salary", 21_000, 190_000, 2, "money"), _category("office"), _date("since", "2001-04-02", 7500), _boolean("remote"),
         _number("raise", 0, 14, 1, "share"), _whole("reports", 0, 25)],
        _labels("left"),
    ),
}  # fmt: skip
TABLES = tuple(_TABLES)


@cache
def make_table(name: str, locale: Locale) -> list[Field]:
    """Make the columns of a table in the words of a locale, the target last; the same each time."""
    makers, target = _TABLES[name]
    r = np.random.default_rng(TABLES.index(name))
    fields = [make(r, locale) for make in makers]
    return [*fields, target(r, locale, fields[0])]


def clean_frame(fields: list[Field], yes: str, no: str) -> pd.DataFrame:
    """Give the table as it should be read; booleans as they are written."""
    return pd.DataFrame({f.name: _clean(f, yes, no) for f in fields})


def _clean(field, yes, no):
    if field.kind in ("number", "whole", "year"):
        return pd.Series(field.values, dtype=float)
    if field.kind in ("date", "moment"):
        return pd.Series(pd.to_datetime(pd.Series(field.values, dtype=object)))
    if field.kind == "boolean" and (yes, no) == ("1", "0"):
        return pd.Series([None if v is None else float(v) for v in field.values], dtype=float)
    if field.kind == "boolean" and yes.casefold() == "true":
        return pd.Series(field.values, dtype=object)
    if field.kind == "boolean":
        return pd.Series([None if v is None else yes if v else no for v in field.values], dtype="str")
    return pd.Series(field.values, dtype="str")
