"""JSON as it is written: an object a line, a list of them, and the orientations of pandas.

Runs alone, as `rows` does.
"""

import codecs
import json
import re
import typing
from collections.abc import Iterable, Iterator, Mapping, Sequence

import pandas as pd

from mlestar_jupyter.core.opening import RowsError, TableFile, empty

JSON_ROWS = ("lines", "records")
"""Orientations that are read row by row; so are lists with a header, and lists in an object."""

_HAS_ROWS = re.compile(r"\{|\[\s*([\[{\]]|$)")
_FEW = 50
_MOST_KEYS = 50
_JSON_START, _LONGEST_START = re.compile(r"[\[{\"\d-]|(true|false|null|NaN|Infinity)\b"), 40
_ONE_A_LINE = "Save one JSON object a line, or a list of them."


class JsonObject(dict[str, typing.Any]):
    """An object of a JSON file; ``doubled`` holds its keys as written where some come twice."""

    def __init__(self, pairs: Iterable[tuple[str, typing.Any]]) -> None:
        pairs = list(pairs)
        super().__init__(pairs)
        self.doubled = [key for key, _ in pairs] if len(self) < len(pairs) else []


_DECODER = json.JSONDecoder(object_pairs_hook=JsonObject, strict=False)


def json_orientation(file: TableFile, known: Sequence[str] = ()) -> str:
    """Find how the values of a JSON file are arranged.

    Returns
    -------
    str
        ``lines``, ``records``, ``values``, ``split``, ``table``, ``columns`` or ``index``, as pandas calls them;
        ``header`` where the first of several lists has the names; ``in KEY`` where the rows are a list in an object.

    Raises
    ------
    RowsError
        When it holds no table.
    """
    start = file.start.decode(json_encoding(file), errors="ignore").lstrip("\ufeff \r\n\t")
    if not start:
        raise empty(file.name)
    if _JSON_START.match(start) is None:
        first = start.splitlines()[0][:_LONGEST_START]
        raise RowsError(
            f"The file {file.name!r} is no JSON: it begins with {first!r}.", "Remove what is not JSON there."
        )
    if _HAS_ROWS.match(start) is None:
        raise RowsError(f"The file {file.name!r} holds no rows: a list of numbers, texts or nothing.", _ONE_A_LINE)
    if start.startswith("["):
        if not start[1:].lstrip().startswith("["):
            return "records"
        rows = _DECODER.decode(_text(file))
        if odd := [row for row in rows if not isinstance(row, list)]:
            raise RowsError(
                f"The file {file.name!r} is a list of lists and of other values, such as {str(odd[0])[:40]!r}.",
                _ONE_A_LINE,
            )
        first, second = [*rows, []][:2]
        named = all(isinstance(value, str) for value in first) and len(set(first)) == len(first) == len(second)
        return "header" if named and not all(isinstance(value, str) for value in second) else "values"
    if _has_lines(file):
        return "lines"
    return _orientation(file.name, _DECODER.decode(_text(file)), known)


def _has_lines(file: TableFile) -> bool:
    """Whether the first line is an object of its own, and a row."""
    lines = _lines(codecs.iterdecode(file.chunks(), json_encoding(file)))
    try:
        found = _DECODER.decode(next(lines)[1])
    except ValueError:
        return False
    return next(lines, None) is not None or not _is_nested(found)


def _is_nested(found: Mapping[str, typing.Any]) -> bool:
    return any(isinstance(value, (list, Mapping)) for value in found.values())


def _orientation(name: str, whole: Mapping[str, typing.Any], known: Sequence[str]) -> str:
    if _is_map(whole):
        raise RowsError(
            f"The file {name!r} is GeoJSON: a map, not a table.",
            "Read it with geopandas.read_file, and give the DataFrame without its geometry.",
        )
    if isinstance(whole.get("nbformat"), int) and "cells" in whole:
        raise RowsError(f"The file {name!r} is a notebook, not a table.", "Name the file that the notebook reads.")
    if "columns" in whole and _are(list, whole.get("data")):
        return "split"
    if isinstance(whole.get("schema"), Mapping) and "fields" in whole["schema"] and "data" in whole:
        return "table"
    values = list(whole.values())
    if values and all(isinstance(value, Mapping) for value in values):
        return "index" if _is_by_rows(whole, known) else "columns"
    lists = {key: value for key, value in whole.items() if isinstance(value, list)}
    rows = [key for key, value in lists.items() if value and all(isinstance(row, Mapping) for row in value[:_FEW])]
    if len(rows) == 1:
        return f"in {rows[0]}"
    if rows:
        raise RowsError(f"The file {name!r} has several lists of rows: {', '.join(map(repr, rows[:5]))}.", _ONE_A_LINE)
    if len(lists) == len(values) and len({len(value) for value in values}) == 1:
        return "columns"
    if lists or not values:
        shown = ", ".join(map(repr, list(whole)[:5]))
        raise RowsError(f"The file {name!r} is one JSON object ({shown}), not a table.", _ONE_A_LINE)
    return "lines"


def _are(kind: type, values: typing.Any) -> bool:
    """Whether it is a list whose first values are of a type."""
    return isinstance(values, list) and all(isinstance(value, kind) for value in values[:_FEW])


def _is_map(whole: Mapping[str, typing.Any]) -> bool:
    """Whether an object is GeoJSON, TopoJSON or what a map server writes: features are places, not values."""
    features = whole.get("features")
    if features and _are(Mapping, features) and all("geometry" in each for each in features[:_FEW]):
        return True
    return whole.get("type") in ("FeatureCollection", "Feature", "Topology")


def _is_by_rows(whole: Mapping[str, Mapping[str, typing.Any]], known: Sequence[str]) -> bool:
    """Whether the outer keys name rows: the inner ones are known, the outer ones alone are numbers, or types say so."""
    few = list(whole.values())[:_FEW]
    inner = dict.fromkeys(key for value in few for key in value)
    if known:
        return len(set(known) & set(inner)) > len(set(known) & set(whole))
    if all(map(str.isdigit, whole)) != all(map(str.isdigit, inner)):
        return all(map(str.isdigit, whole))
    mixed = sum(len(_types(value.values())) > 1 for value in few)
    crossed = sum(len(_types(value.get(key) for value in few)) > 1 for key in list(inner)[:_FEW])
    return mixed > 0 and crossed == 0


def _types(values: Iterable[typing.Any]) -> set[str]:
    return {"number" if type(value) in (int, float) else type(value).__name__ for value in values if value is not None}


def json_encoding(file: TableFile) -> str:
    """Find the encoding of a JSON file, by its mark or its first bytes."""
    return json.detect_encoding(file.start)


def json_options(orientation: str) -> dict[str, typing.Any]:
    """Arguments of ``pandas.read_json`` for an orientation; "007" stays text and numbers stay numbers."""
    if orientation == "table":  # says the types itself
        return {"orient": "table", "precise_float": True}
    how: dict[str, typing.Any] = {"dtype": False, "precise_float": True}
    if orientation == "lines":
        return {"lines": True} | how
    return how if orientation == "records" else {"orient": orientation, "convert_axes": False} | how


def read_json(file: TableFile, orientation: str) -> pd.DataFrame:
    """Read JSON in an orientation of pandas."""
    with file.source() as source:
        return pd.read_json(source, encoding=json_encoding(file), **json_options(orientation))


def is_by_row(orientation: str) -> bool:
    """Whether `json_rows` goes through a file of this orientation."""
    return orientation in (*JSON_ROWS, "header") or orientation.startswith("in ")


def json_rows(file: TableFile, orientation: str) -> Iterator[typing.Any]:
    """Go through the rows of a JSON file that is written row by row."""
    if orientation == "lines":
        for number, line in _lines(codecs.iterdecode(file.chunks(), json_encoding(file))):
            try:
                yield _DECODER.decode(line)
            except json.JSONDecodeError as error:
                raise RowsError(
                    f"Line {number:,} of {file.name!r} is no JSON: {error.msg}, at character {error.pos + 1:,}.",
                    "Correct it, or leave it out.",
                ) from error
        return
    whole = _DECODER.decode(_text(file))
    if orientation == "header":
        for number, row in enumerate(whole[1:], start=1):
            if len(row) > len(whole[0]):
                raise RowsError(
                    f"Row {number:,} of {file.name!r} has {len(row)} values for {len(whole[0])} names.",
                    "Give every column a name.",
                )
            yield JsonObject(zip(whole[0], row, strict=False))
        return
    yield from whole[orientation.removeprefix("in ")] if orientation.startswith("in ") else whole


def nested_keys(rows: Iterable[typing.Any]) -> list[str]:
    """Columns of objects with few keys: these become columns of their own, such as ``address.city``."""
    keys: dict[str, set[str]] = {}
    for row in rows:
        for name, value in row.items() if isinstance(row, Mapping) else ():
            if isinstance(value, Mapping):
                keys.setdefault(name, set()).update(value)
    return [name for name, inner in keys.items() if 0 < len(inner) <= _MOST_KEYS]


def spread(row: Mapping[str, typing.Any], names: Iterable[str]) -> dict[str, typing.Any]:
    """Make columns of the keys of objects, where a name that is known asks for it."""
    wanted = [name for name in names if "." in name and name not in row]
    found: dict[str, typing.Any] = {}
    for key, value in row.items():
        is_wanted = isinstance(value, Mapping) and any(name.startswith(f"{key}.") for name in wanted)
        for name, each in _flat({key: value}) if is_wanted else [(key, value)]:
            if name in found:
                raise RowsError(f"The column {name!r} is there twice: an object has it too.", "Rename one of them.")
            found[name] = each
    return found


def _flat(row: Mapping[str, typing.Any]) -> Iterator[tuple[str, typing.Any]]:
    for key, value in row.items():
        if isinstance(value, Mapping):
            yield from ((f"{key}.{inner}", each) for inner, each in _flat(value))
        else:
            yield key, value


def _text(file: TableFile) -> str:
    return "".join(codecs.iterdecode(file.chunks(), json_encoding(file)))


def _lines(texts: Iterable[str]) -> Iterator[tuple[int, str]]:
    """Go through the lines of a text that comes in pieces, with their numbers, without the blank ones."""
    return ((number, line) for number, line in enumerate(_all_lines(texts), start=1) if line.strip())


def _all_lines(texts: Iterable[str]) -> Iterator[str]:
    rest: list[str] = []
    for text in texts:
        first, *others = text.split("\n")
        rest.append(first)
        if others:
            yield from ("".join(rest), *others[:-1])
            rest = others[-1:]
    yield "".join(rest)
