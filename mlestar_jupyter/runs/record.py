"""How a run began, as its folder has it on record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.journal_errors import FILE_NAME, damaged
from mlestar_jupyter.errors import OutputError, SettingError
from mlestar_jupyter.options.converters import shown
from mlestar_jupyter.options.kinds import Part, home
from mlestar_jupyter.options.start import OPTIONS, REQUIRED, StartOptions
from mlestar_jupyter.options.values import check_options, in_python
from mlestar_jupyter.runs.folder import BEGAN_IN

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, eq=False)
class Begun:
    """How a run began: arguments of `Workflow`."""

    dataset: str | Path | pd.DataFrame
    target: str
    options: StartOptions


def read_run(folder: Path, dataset: str | Path | pd.DataFrame | None, given: Mapping[str, object]) -> Begun:
    """Read from a folder how its run began.

    Parameters
    ----------
    dataset : str, Path, DataFrame or None
        The table, where it is not the one on record.
    given : dict
        Options that come before those on record.

    Raises
    ------
    OutputError
        When the folder holds no run, or something was in memory and is not given.
    """
    folder = Path(home(str(folder))).absolute()
    path = folder / FILE_NAME
    if not path.exists():
        raise OutputError(f"{folder} holds no run.", mend="Give the --output folder of a run.")
    journal = Journal(folder)
    known, began_in = journal.get("arguments"), journal.get(BEGAN_IN)
    journal.close()
    if known is None:
        raise OutputError(f"The run in {folder} was stopped before it began.", mend="Start it again.")
    if not isinstance(known, dict) or not set(REQUIRED) <= set(known) <= set(OPTIONS):
        raise damaged(path, "how the run began cannot be read")
    own = check_options(in_python(given if dataset is None else {**given, "dataset": dataset}))
    output = own.pop("output", None)
    if output is not None and Path(str(output)).absolute() != folder:
        raise SettingError(
            f"output is {shown(output)}, and a run goes on in its own folder {folder}.",
            mend="Leave output out, or copy the folder and resume the copy.",
        )
    options = {name: value for name, value in known.items() if OPTIONS[name].belongs_to == "run" and name not in own}
    for name, value in options.items():
        if value is None and (name in REQUIRED or OPTIONS[name].default is not None):
            raise OutputError(
                f"The {name} of the run in {folder} was in memory.", mend=f"Give it: resume(folder, {name}=…)."
            )
    try:
        options = {name: OPTIONS[name].read(value, name) for name, value in options.items()} | own
    except SettingError as error:
        raise _unreadable(path, known, error) from error
    for name in ({"dataset", "test"} & set(options)) - set(own):
        options[name] = _found_again(options[name], began_in)
    table, target = options.pop("dataset"), str(options.pop("target"))
    options["output"] = str(folder)
    return Begun(cast("str | Path | pd.DataFrame", table), target, cast("StartOptions", options))


def _found_again(path: object, began_in: object) -> object:
    """A path on record, from the folder in which the run began where it leads to nothing from here."""
    if not isinstance(path, str) or not isinstance(began_in, str) or Path(path).exists():
        return path
    there = Path(began_in) / path
    return str(there) if there.exists() else path


def _unreadable(path: Path, known: Mapping[str, object], error: SettingError) -> OutputError:
    """Say what is wrong with a value on record: a part that is not installed here, or damage."""
    for name, option in OPTIONS.items():
        names = option.reads.choices if isinstance(option.reads, Part) else (known.get(name),)
        if isinstance(known.get(name), str) and known[name] not in names:
            return OutputError(
                f"The run in {path.parent} began with the {name} {known[name]!r}, which is not installed here.",
                mend="Install the package that adds it.",
            )
    return damaged(path, f"how the run began cannot be read: {error.problem}")
