"""How a run began, as its folder has it on record."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import FILE_NAME, damaged
from mlestar_jupyter.errors import OutputError

if TYPE_CHECKING:
    import pandas as pd


_GIVEN = {
    *("dataset", "target", "name", "metric", "problem", "time", "group", "test", "timeout", "max_agents", "seed"),
    *("sample", "online", "llm", "llm_url", "llm_price", "max_cost", "share_rows", "unsandboxed"),
}


def _is_known(arguments: Mapping[str, Any]) -> bool:
    return {"dataset", "target"} <= set(arguments) <= _GIVEN | {"output"}


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
    if not isinstance(arguments, dict) or not _is_known(arguments):
        raise damaged(folder / FILE_NAME, "how the run began cannot be read")
    known = arguments.pop("dataset", None)
    table = known if dataset is None else dataset
    if table is None:
        raise OutputError(
            f"The run in {folder} began with a table in memory.", mend="Give it: resume(folder, dataset=table)."
        )
    return table, arguments | {"output": str(folder)}
