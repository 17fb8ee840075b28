"""Files of statistical programs: SPSS, Stata and SAS."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pandas as pd

from mlestar_jupyter.core.opening import TableFile
from mlestar_jupyter.core.readers import Labelled, read_spss, read_stata
from mlestar_jupyter.core.texts import some_of
from mlestar_jupyter.data.formats.base import TableSource
from mlestar_jupyter.data.formats.plain import PlainFormat


class _Labelled(PlainFormat):
    """A format in which codes have labels.

    Attributes
    ----------
    labelled : callable
        Reads a file with labels for the codes.
    """

    labelled: Callable[[TableFile], Labelled]

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table, with labels for the codes."""
        labelled = self.labelled(file)
        return labelled.frame, source, _kept_codes(labelled)


def _kept_codes(found: Labelled) -> list[str]:
    """Say which labels are not used."""
    notices = []
    if found.partly:
        notices.append(
            f"Only some values have labels of their own in {some_of(found.partly)}: the codes are kept. To use labels, "
            "give one to every value."
        )
    if found.shared:
        notices.append(
            f"Two values have the same label in {some_of(found.shared)}: the codes are kept. To use labels, give each "
            "value its own."
        )
    return notices


class Spss(_Labelled):
    """SPSS."""

    name, title = "spss", "an SPSS file"
    function = "read_spss"
    package = "pyreadstat"
    extra = "stats"
    labelled = staticmethod(read_spss)


class Stata(_Labelled):
    """Stata."""

    name, title = "stata", "a Stata file"
    function = "read_stata"
    labelled = staticmethod(read_stata)


class Sas(PlainFormat):
    """SAS tables."""

    name, title = "sas", "a SAS table"
    function = "read_sas"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table; its texts are no bytes."""
        frame, source, notices = super().found(file, source)
        return frame, replace(source, options=(("format", "sas7bdat"), ("encoding", "infer"))), notices


class SasTransport(PlainFormat):
    """SAS transport files."""

    name, title = "sas transport", "a SAS transport file"
    function = "DataFrame"
    package = "pyreadstat"
    extra = "stats"

    def found(self, file: TableFile, source: TableSource) -> tuple[pd.DataFrame, TableSource, Sequence[str]]:
        """Read the table."""
        frame, source, notices = super().found(file, source)
        return frame, replace(source, opens="pyreadstat.read_xport({})[0]"), notices
