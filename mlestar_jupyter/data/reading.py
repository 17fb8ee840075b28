"""Reading tables: from a file or a table in memory to a frame, with the plain call that reads it again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from mlestar_jupyter.core.formats import format_of
from mlestar_jupyter.core.opening import RowsError, TableFile, expanded
from mlestar_jupyter.core.readers import BROKEN
from mlestar_jupyter.data.addresses import path_of, refuse_address
from mlestar_jupyter.data.formats.base import Format, Table, TableSource, finished, unreadable
from mlestar_jupyter.data.formats.registry import FORMATS
from mlestar_jupyter.data.formats.text import Text
from mlestar_jupyter.data.memory import frame_of
from mlestar_jupyter.errors import DataError, nearest

__all__ = ["Table", "TableSource", "read_table"]


def read_table(
    dataset: str | Path | pd.DataFrame,
    name: str = "",
    *,
    texts: Collection[str] = (),
    kept: Mapping[str, tuple[str, ...]] | None = None,
    decimal: str = "",
    target: str = "",
) -> Table:
    """Read a table from a file, or take one in memory: a DataFrame as it is, and what can become one.

    Parameters
    ----------
    dataset : str, Path, DataFrame or another table
    name : str
        The name of a table in memory, for messages and the printed script.
    texts : collection of str
        Columns that stay text where a file holds text: "007" is then no number.
    kept : mapping, optional
        By column of text, texts such as "NA" that are categories, where another table has decided it.
    decimal : {".", ",", ""}
        The decimal mark of a file of text, as the user says; empty: as its numbers show.
    target : str
        The column that is to be there: of several tables that with it is named.

    Raises
    ------
    DataError
        When it cannot be read, or is no table.
    MissingExtraError
        When a package that reads the format is not installed.
    """
    try:
        if isinstance(dataset, (str, Path)) and str(dataset).strip():
            return _read_file(str(dataset), Text(kept, texts, decimal), target)
        label = name or "table"
        return finished(
            frame_of(dataset, "The test table" if name == "test" else "The dataset"),
            TableSource(label, None, keeps_types=True),
            (),
            what=f"The DataFrame {label!r}",
        )
    except RowsError as error:
        raise DataError(error.problem, mend=error.mend) from error


def _read_file(given: str, text: Text, target: str) -> Table:
    given = path_of(given)
    refuse_address(given)
    file = replace(TableFile.at(given), wanted=target)
    if not file.path.exists():
        raise _missing(file.path, given)
    try:
        name = format_of(file)
    except RowsError:
        raise
    except BROKEN as error:
        raise unreadable(file, error) from error
    read = given if not _is_folder(given) else "::".join((str(file.path), *file.parts))
    found = text if name == Text.name else FORMATS[name]
    table = found.read(file, read)
    return replace(table, notices=(*_chosen(file, given, FORMATS[name]), *table.notices))


def _is_folder(given: str) -> bool:
    return Path(expanded(given.partition("::")[0])).is_dir()


def _chosen(file: TableFile, given: str, found: Format) -> list[str]:
    """Say which file was taken where several might be meant, and where its ending says something else."""
    notices = []
    folder = Path(expanded(given.partition("::")[0]))
    if _is_folder(given) and folder != file.path:
        notices.append(f"The table is {file.path.relative_to(folder).as_posix()} of the folder {given!r}.")
    if file.member and not file.parts and not file.is_alone:
        notices.append(f"The table is {file.member} of {file.path.name}.")
    if file.ending not in found.endings and any(file.ending in each.endings for each in FORMATS.values()):
        notices.append(f"{file.name} is {found.title}, whatever its ending says: it was read as that.")
    return notices


def _missing(path: Path, given: str) -> DataError:
    if not path.parent.is_dir():
        problem = f"There is no file {given!r}: the folder {str(path.parent)!r} does not exist."
        return DataError(problem, mend="Check the path.")
    near = nearest(path.name.partition("::")[0], (p.name for p in path.parent.iterdir() if p.is_file()))
    mend = f"Did you mean {str(Path(given).parent / near)!r}?" if near else "Check the path, or give a DataFrame."
    return DataError(f"There is no file {given!r}.", mend=mend)
