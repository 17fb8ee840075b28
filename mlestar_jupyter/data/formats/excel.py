"""Workbooks of Excel and LibreOffice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.readers import AS_TYPED, excel_region, read_excel, sheet_options
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class Excel(PlainFormat):
    """Excel and OpenDocument."""

    name, title = "excel", "a workbook"
    endings = (".xlsx", ".xls", ".ods", ".xlsb", ".xlsm")
    function, package, extra = "read_excel", "python_calamine", "excel"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the sheet that is named, or the first with a table."""
        region = excel_region(file)
        options = {"sheet_name": region.sheet, **sheet_options(region), **AS_TYPED, "engine": "calamine"}
        notices = []
        if len(region.others) and not file.part:
            notices.append(
                f"The sheet is {region.sheet!r}; {file.path.name} has others as well: "
                f"{', '.join(map(repr, region.others))}. Name one, as in {file.named(region.others[0])!r}."
            )
        elif not file.part:
            notices.append(f"The sheet is {region.sheet!r}.")
        if region.header:
            notices.append(f"The names of the columns are in row {region.header + 1} of the sheet.")
        return read_excel(file), replace(source, options=tuple(options.items())), notices
