"""Where the table is in a workbook of Excel or LibreOffice: its sheet, its header, and what stands around it.

Runs alone, as `rows` does.
"""

import dataclasses
import typing
from collections.abc import Sequence

import numpy as np
import pandas as pd

from mlestar_jupyter.core.opening import RowsError, TableFile
from mlestar_jupyter.core.sums import is_total, n_sums_below

AS_TYPED: dict[str, typing.Any] = {"dtype": "object", "keep_default_na": False, "na_values": [""]}  # "007" is no number
_TOP = 40
_OFTEN_FILLED, _HALF_NAMED, _WELL_NAMED = 0.3, 0.5, 0.8


@dataclasses.dataclass(frozen=True)
class Region:
    """Where a table is in a workbook.

    Parameters
    ----------
    sheet : str
    header : int
        The row with the names.
    columns : tuple of int
    fit : int
        How much it looks like one: 0 for no table.
    others : tuple of str
        The other sheets with a table.
    twice : tuple of str
        Names that two columns have.
    names : tuple of str
        Of the columns.
    fitting : tuple of str
        The sheets with the column that is wanted.
    """

    sheet: str
    header: int = 0
    columns: tuple[int, ...] = ()
    fit: int = 0
    others: tuple[str, ...] = ()
    twice: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    fitting: tuple[str, ...] = ()

    @property
    def options(self) -> dict[str, typing.Any]:
        """Arguments of ``pandas.read_excel``, only where they differ from its defaults."""
        options: dict[str, typing.Any] = {"sheet_name": self.sheet}
        if self.header:
            options["header"] = self.header
        if list(self.columns) != list(range(len(self.columns))):
            options["usecols"] = list(self.columns)
        return options | AS_TYPED | {"engine": "calamine"}


def excel_region(file: TableFile, known: Sequence[str] = ()) -> Region:
    """Find the table of a workbook: on the sheet that is named, the one with most known columns, or the first table.

    Raises
    ------
    RowsError
        When there is no such sheet, or no table on any, or two columns have one name.
    """
    with file.unpacked() as source, pd.ExcelFile(source, engine="calamine") as book:
        names = [str(name) for name in book.sheet_names]
        if file.part and file.part not in names:
            raise file.absent("sheet", file.part, names)
        found = [_region(book, name, known) for name in names if file.part in ("", name)]
    tables = [region for region in found if region.fit > 0]
    if not tables:
        where = f"The sheet {file.part!r} of {file.path.name!r}" if file.part else repr(file.name)
        raise RowsError(
            f"{where} has no table: a header of two names or more with rows below it.", "Name another sheet or file."
        )
    best = max(tables, key=lambda region: region.fit) if known else tables[0]
    if best.twice and (not known or set(best.twice) & set(known)):
        raise RowsError(
            f"The sheet {best.sheet!r} has columns with the same name: {', '.join(map(repr, best.twice[:5]))}.",
            "Rename or drop all but one of each.",
        )
    fitting = tuple(region.sheet for region in tables if file.wanted in region.names)
    return dataclasses.replace(best, others=tuple(r.sheet for r in tables if r is not best), fitting=fitting)


def read_excel(file: TableFile, known: Sequence[str] = ()) -> pd.DataFrame:
    """Read the table of a workbook; each value has the type of its cell."""
    return read_region(file, excel_region(file, known))[0]


def read_region(file: TableFile, region: Region) -> tuple[pd.DataFrame, int]:
    """Read a table of a workbook, without empty rows; also how many rows of notes and sums below it are left out."""
    with file.unpacked() as source:
        frame = pd.read_excel(source, **region.options)
    filled = frame.notna().to_numpy().sum(axis=1)
    size = len(filled) - _notes(filled, frame.shape[1])
    kept = frame.iloc[:size].loc[filled[:size] > 0]
    n_sums = max(int(len(kept) > 1 and _ends_in_total(kept)), n_sums_below(kept))
    kept = kept.iloc[: len(kept) - n_sums]
    return kept.infer_objects().reset_index(drop=True), int((filled[size:] > 0).sum()) + n_sums


def _notes(filled: np.ndarray, width: int) -> int:
    """How many rows at the end are notes: behind an empty row, and filled in few columns each."""
    empty = np.flatnonzero(filled == 0)
    if len(empty) == 0:
        return 0
    below = filled[empty[-1] :]
    return len(below) if below.max() <= max(1, width // 3) < width else 0


def _ends_in_total(rows: pd.DataFrame) -> bool:
    """Whether the last row is one of sums by its word."""
    return is_total(rows.iloc[-1].tolist(), rows.iloc[:-1].to_numpy(dtype=object).tolist())


def _region(book: typing.Any, sheet: str, known: Sequence[str]) -> Region:
    """Find the table of a sheet: its header is the row with most of the known columns, or the first that names all.

    Lines of title above it name few columns, or others.
    """
    top = pd.read_excel(book, sheet_name=sheet, header=None, nrows=_TOP, **AS_TYPED)
    filled = top.notna().to_numpy()
    if top.empty or not filled.any():
        return Region(sheet)
    names = [[str(value) for value in row if value == value] for row in top.to_numpy()]
    if known:
        counts = [len(set(known) & set(row)) for row in names]
        header = int(np.argmax(counts))
        fit = counts[header]
    else:
        header = _header_row(top)
        fit = int(filled[header].sum() > 1 and filled[header + 1 :].any())
    twice = [name for name in dict.fromkeys(names[header]) if names[header].count(name) > 1]
    columns = tuple(i for i in range(top.shape[1]) if filled[header:, i].any())
    return Region(sheet, header, columns, fit, twice=tuple(twice), names=tuple(names[header]))


def _header_row(top: pd.DataFrame) -> int:
    """The first row of texts that names nearly all columns with values below it, or else the one that names most.

    The first column may be an index without a name; names may be numbers, such as years, where no row has texts alone.
    """
    filled = top.notna().to_numpy()
    texts = [all(isinstance(value, str) for value in row if value == value) for row in top.to_numpy()]
    shares = np.array([_named_share(filled, row) for row in range(len(filled))])
    named = np.flatnonzero(texts & (shares >= _WELL_NAMED))
    if len(named):
        return int(named[0])
    partly = np.where(texts, shares, 0)
    if partly.max() >= _HALF_NAMED:
        return int(np.flatnonzero(partly == partly.max())[-1])  # of two levels the lower
    return int(np.argmax(shares >= _WELL_NAMED))


def _named_share(filled: np.ndarray, row: int) -> float:
    """How many of the columns that often have values below a row it names."""
    below = filled[row + 1 :]
    below = below[below.any(axis=1)]
    columns = np.flatnonzero(below.mean(axis=0) > _OFTEN_FILLED) if len(below) else np.flatnonzero(filled[row])
    return max((float(filled[row, part].mean()) for part in (columns, columns[1:]) if len(part)), default=0.0)
