"""Files of statistical programs: SPSS, Stata and SAS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.readers import read_spss, read_stata
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat

_SHOWN = 5


class _Labelled(PlainFormat):
    """A format in which codes have labels.

    Attributes
    ----------
    labelled : callable
        Reads a file with labels for the codes, and names the columns whose codes are kept.
    """

    labelled: Callable[[TableFile], tuple[pd.DataFrame, list[str]]]

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table, with labels for the codes."""
        frame, partly = self.labelled(file)
        shown = ", ".join(partly[:_SHOWN]) + (", …" if len(partly) > _SHOWN else "")
        notice = (
            f"Only some values have labels of their own in {shown}: the codes are kept. To use labels, give one to "
            "every value."
        )
        return frame, source, (notice,) if partly else ()


class Spss(_Labelled):
    """SPSS."""

    name, title = "spss", "an SPSS file"
    endings = (".sav", ".zsav")
    function = "read_spss"
    package = "pyreadstat"
    extra = "stats"
    labelled = staticmethod(read_spss)


class Stata(_Labelled):
    """Stata."""

    name, title = "stata", "a Stata file"
    endings = (".dta",)
    function = "read_stata"
    labelled = staticmethod(read_stata)


class Sas(PlainFormat):
    """SAS tables."""

    name, title = "sas", "a SAS table"
    endings = (".sas7bdat",)
    function = "read_sas"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table; its texts are no bytes."""
        frame, source, notices = super().found(file, source)
        return frame, replace(source, options=(("format", "sas7bdat"), ("encoding", "infer"))), notices


class SasTransport(PlainFormat):
    """SAS transport files."""

    name, title = "sas transport", "a SAS transport file"
    endings = (".xpt",)
    function = "DataFrame"
    package = "pyreadstat"
    extra = "stats"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table."""
        frame, source, notices = super().found(file, source)
        return frame, replace(source, opens="pyreadstat.read_xport({})[0]"), notices
