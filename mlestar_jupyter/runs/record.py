"""How a run began, as its folder has it on record."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.journal import FILE_NAME, Journal
from mlestar_jupyter.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd


def read_run(
    folder: Path, dataset: str | Path | pd.DataFrame | None
) -> tuple[str | Path | pd.DataFrame, dict[str, Any]]:
    """Read from a folder how its run began.

    Returns
    -------
    table : str, Path or DataFrame
    arguments : dict
        The other arguments of `Workflow`.

    Raises
    ------
    OutputError
        When the folder holds no run, or the table was in memory and is not given.
    """
    if not (folder / FILE_NAME).exists():
        raise OutputError(f"{folder} holds no run.", mend="Give the --output folder of a run.")
    journal = Journal(folder)
    arguments = journal.get("arguments")
    journal.close()
    if arguments is None:
        raise OutputError(f"The run in {folder} was stopped before it began.", mend="Start it again.")
    known = arguments.pop("dataset", None)
    table = known if dataset is None else dataset
    if table is None:
        raise OutputError(
            f"The run in {folder} began with a table in memory.", mend="Give it: resume(folder, dataset=table)."
        )
    return table, arguments | {"output": str(folder)}
