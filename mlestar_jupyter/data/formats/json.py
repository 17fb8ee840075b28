"""JSON: an object a line, lists of objects, and the orientations of pandas."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from mlestar_jupyter.core.json_tables import (
    is_by_row,
    json_encoding,
    json_options,
    json_orientation,
    json_rows,
    nested_keys,
    read_json,
    spread,
)
from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.quoting import literal
from mlestar_jupyter.core.texts import some_of
from mlestar_jupyter.data.formats.base import TableSource, check_names
from mlestar_jupyter.data.formats.plain import PlainFormat
from mlestar_jupyter.errors import DataError

_SHOWN = 3


class Json(PlainFormat):
    """JSON and JSON lines."""

    name, title = "json", "JSON"
    also = (".geojson", ".ipynb", ".txt")
    function = "read_json"
    decompresses = True

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read by the orientation that is found; objects in objects become columns."""
        orientation = json_orientation(file)
        nested = nested_keys(_checked(file, orientation)) if is_by_row(orientation) else []
        if nested or orientation == "header" or orientation.startswith("in "):
            return _from_rows(list(json_rows(file, orientation)), orientation, source, nested)
        options = json_options(orientation)
        if (encoding := json_encoding(file)) != "utf-8":
            options["encoding"] = encoding
        notices = ("The rows name no columns: they are called '0', '1', …",) if orientation == "values" else ()
        try:
            frame = read_json(file, orientation).rename(columns=str)
        except ValueError as error:
            if not is_by_row(orientation) or "too big" not in str(error):
                raise
            return _from_rows(list(json_rows(file, orientation)), orientation, source, [])  # numbers of 20 digits
        return frame, replace(source, options=tuple(options.items())), notices


def _checked(file: TableFile, orientation: str) -> Iterator[Any]:
    """Go through the rows, and refuse one that is no object, or has a key twice."""
    for number, row in enumerate(json_rows(file, orientation), start=1):
        if not isinstance(row, Mapping):
            raise DataError(
                f"Row {number:,} of {file.name!r} is no object, but {str(row)[:40]!r}.",
                mend="Save one JSON object a line, or a list of them.",
            )
        check_names(getattr(row, "doubled", ()), f"The file {file.name!r}")
        yield row


def _from_rows(
    rows: list[Any], orientation: str, source: TableSource, nested: list[str]
) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
    """Make a table of rows as Python has them."""
    inside = f"[{literal(orientation.removeprefix('in '))}]" if orientation.startswith("in ") else ""
    opened = source.opens if source.opens != "{}" else "open({})"
    loaded = f"[json.loads(line) for line in {opened}]" if orientation == "lines" else f"json.load({opened}){inside}"
    notices = []
    if inside:
        notices.append(f"The rows are the list {orientation.removeprefix('in ')!r} of the file.")
    if orientation == "header":
        loaded = f"[dict(zip((rows := {loaded})[0], row)) for row in rows[1:]]"
    frame = pd.DataFrame([spread(row, [f"{name}." for name in nested]) for row in rows])
    if made := [str(name) for name in frame if str(name).startswith(tuple(f"{name}." for name in nested))]:
        shown = some_of(nested, _SHOWN)
        notices.append(f"Objects within the rows ({shown}) became columns of their own, such as {made[0]!r}.")
    return frame, replace(source, function="json_normalize", opens=loaded), notices
