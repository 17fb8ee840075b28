"""Workbooks of Excel and LibreOffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.texts import counted, some_of
from mlestar_jupyter.core.workbooks import Region, excel_region, read_region
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class Excel(PlainFormat):
    """Excel and OpenDocument."""

    name, title = "excel", "a workbook"
    function = "read_excel"
    package = "python_calamine"
    extra = "excel"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the sheet that is named, or the first with a table."""
        region = excel_region(file)
        _check_sheet(file, region)
        frame, n_notes = read_region(file, region)
        return frame, replace(source, options=tuple(region.options.items())), _notices(file, region, frame, n_notes)


def _check_sheet(file: TableFile, region: Region) -> None:
    """Refuse the first sheet of several where the wanted column is on another."""
    if not file.part and region.fitting and region.sheet not in region.fitting:
        raise file.several("sheet", [region.sheet, *region.others], region.fitting)


def _notices(file: TableFile, region: Region, frame: pd.DataFrame, n_notes: int) -> list[str]:
    notices = []
    if not file.part and region.others:
        others = some_of(map(repr, region.others))
        notices.append(
            f"The sheet is {region.sheet!r}; {file.path.name} has others as well: {others}. "
            f"Name one, as in {file.named(region.others[0])!r}."
        )
    elif not file.part:
        notices.append(f"The sheet is {region.sheet!r}.")
    if region.header:
        notices.append(f"The names of the columns are in row {region.header + 1} of the sheet.")
    if unnamed := [str(name) for name in list(frame.columns)[1:] if str(name).startswith("Unnamed: ")]:
        shown = some_of(map(repr, unnamed))
        notices.append(f"Columns without a name in row {region.header + 1} of the sheet are called {shown}.")
    if n_notes:
        notices.append(f"{counted(n_notes)} of notes or sums below the table left out.")
    return notices
