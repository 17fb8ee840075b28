"""Start a run: open its table, its folder and its tools, as the options say."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import psutil

from mlestar_jupyter.core.costs import Costs
from mlestar_jupyter.core.evaluator import Evaluator
from mlestar_jupyter.core.executor import Limits
from mlestar_jupyter.core.journal import Journal
from mlestar_jupyter.core.split import read_split
from mlestar_jupyter.data.addresses import is_on_web
from mlestar_jupyter.errors import ExecutionError, SettingError
from mlestar_jupyter.executors.registry import open_executor
from mlestar_jupyter.options.kinds import seconds_of
from mlestar_jupyter.options.start import StartOptions
from mlestar_jupyter.options.values import deciding, read_task, start_options, to_record
from mlestar_jupyter.planners.base import Planner
from mlestar_jupyter.planners.llm.settings import ModelSettings
from mlestar_jupyter.planners.registry import open_planner
from mlestar_jupyter.runs.chain import Chain, beginning
from mlestar_jupyter.runs.clock import Clock, longest_fit
from mlestar_jupyter.runs.folder import RUNS, Openings, RunFolder
from mlestar_jupyter.runs.listeners import Listeners
from mlestar_jupyter.runs.opening import Opened, open_dataset
from mlestar_jupyter.runs.run import Run

if TYPE_CHECKING:
    import pandas as pd

Table = TypeVar("Table")
_MARKS = {"comma": ",", "point": "."}
_MEMORY_SHARE = 0.8
_GPU = "fitted on a GPU"


def start_run(dataset: str | Path | pd.DataFrame, target: str, options: StartOptions) -> Run:
    """Open all that a run needs.

    Raises
    ------
    DataError, SettingError, OutputError, MissingExtraError, ExecutionError
        In one line that says how to mend it; then nothing stays open.
    """
    found, target = read_task(dataset, target)
    table = cast("str | Path | pd.DataFrame", found)
    given = start_options({"dataset": dataset, "target": target, **options})
    llm, planner = model_settings(given), open_planner(given["planner"])
    executor, owned = open_executor(given["executor"], given["max_agents"]), isinstance(given["executor"], str)
    with ExitStack() as on_error:
        if owned:
            on_error.callback(executor.close)
        isolated = llm is not None or planner.writes_code
        if isolated:
            need_isolation(executor.cannot_isolate, unsandboxed=given["unsandboxed"])
        executor.warm_up()  # while the table is read
        openings, listeners = Openings(), Listeners()
        opened, clock = _table(table, target, given, openings)
        name = given["name"] or opened.source.stem
        output = Path(given["output"] or Path(RUNS) / name).absolute()  # wherever the kernel goes from here
        folder = RunFolder(output)
        on_error.callback(folder.close)
        openings.journal = folder.journal
        opened, found_gpu = _with_gpu(opened, given["device"], folder.journal, isolated=isolated)
        limits = _limits(clock.timeout, executor.workers, isolated=isolated)
        evaluator = Evaluator(opened.dataset, executor, folder.journal, output / "fitted", limits)
        evaluator.emit = listeners.emit
        if found_gpu is not None:
            from mlestar_jupyter.families.gpu import uses_gpu

            evaluator.fits.is_alone = uses_gpu
        if llm is not None:
            planner = _beside(planner, llm, folder, opened, listeners)
        chain = Chain(folder.journal, beginning(opened.dataset.task, deciding(given)))
        run = Run(
            name, output, given, llm, opened, executor, owned, clock, folder, listeners, openings, planner, chain,
            evaluator,
        )  # fmt: skip
        folder.claim(run.task, to_record(run.arguments), refit=given["refit"])
        if found_gpu is not None and folder.journal.get(_GPU) is None:
            folder.journal.put(_GPU, found_gpu)
        on_error.pop_all()
    return run


def _table(
    dataset: str | Path | pd.DataFrame, target: str, given: StartOptions, openings: Openings
) -> tuple[Opened, Clock]:
    """Read the table, while the clock runs."""
    seconds = None if given["timeout"] is None else seconds_of(given["timeout"])
    table, test = _here(dataset, dataset, given), _here(given["test"], dataset, given)
    opened = open_dataset(
        table, target, test=test, timeout=seconds, sample=given["sample"], problem=given["problem"],
        metric=given["metric"], time=given["time"], group=given["group"], seed=given["seed"],
        split=read_split(given["split"]), dayfirst=given["dayfirst"],
        decimal=_MARKS.get(given["decimal"] or "", ""), roles=given["roles"],
        on_open=openings, positive=given["positive"],
    )  # fmt: skip
    opened = _with_costs(opened, given["costs"])
    return opened, Clock(seconds, reading=opened.seconds)


def _with_costs(opened: Opened, given: str | dict[str, float] | None) -> Opened:
    """The table's task with the costs of wrong answers.

    Raises
    ------
    SettingError
        When the target has not two classes.
    """
    if not isinstance(given, dict):
        return opened
    task = opened.dataset.task
    if len(task.classes) != 2:  # noqa: PLR2004
        raise SettingError(
            f"--costs are of a target with two classes; {task.target!r} has {len(task.classes) or 'none'}.",
            mend="Leave --costs out.",
        )
    task = replace(task, costs=Costs(given["fp"], given["fn"]))
    return replace(opened, dataset=replace(opened.dataset, task=task))


def _with_gpu(opened: Opened, device: str, journal: Journal, *, isolated: bool) -> tuple[Opened, list[object] | None]:
    """The table's task with the families that a GPU fits, as was found when the run began; None where none is asked."""
    if device == "cpu":
        return opened, None
    from mlestar_jupyter.families.gpu import on_gpu

    known = journal.get(_GPU) or list(on_gpu(isolated=isolated))
    names, said = tuple(known[0]), str(known[1])
    task = opened.dataset.task
    task = replace(task, on_gpu=names, notices=(*task.notices, said))
    return replace(opened, dataset=replace(opened.dataset, task=task)), [list(names), said]


def _here(table: Table, dataset: object, given: StartOptions) -> Table:
    """A table as it is, or with --online the file that is downloaded from its address into the run's folder."""
    if not (given["online"] and is_on_web(table)):
        return table
    from mlestar_jupyter.online.download import downloaded, file_name

    name = file_name(str(dataset)) if isinstance(dataset, (str, Path)) else "table"
    output = given["output"] or Path(RUNS) / (given["name"] or name.partition(".")[0])
    return cast("Table", downloaded(str(table), Path(output) / "data"))


def _beside(planner: Planner, llm: ModelSettings, folder: RunFolder, opened: Opened, listeners: Listeners) -> Planner:
    """The planner with a chat model beside it; what that needs is loaded here alone."""
    from mlestar_jupyter.planners.llm.opening import beside

    return beside(planner, llm, folder.journal, opened.dataset, listeners.emit)


def model_settings(given: StartOptions) -> ModelSettings | None:
    """What the options say of a chat model; None where there is to be none."""
    if given["llm"] is None:
        return None
    price = cast("tuple[float, float] | None", given["llm_price"])  # a text has been read
    return ModelSettings(given["llm"], given["llm_url"], price, given["max_cost"], given["share_rows"])


def need_isolation(missing: Sequence[str], *, unsandboxed: bool) -> None:
    """See that what a planner writes can be shut in.

    Parameters
    ----------
    missing : sequence of str
        What the executor cannot keep an isolated job from.
    unsandboxed : bool
        Whether the user allows that.

    Raises
    ------
    ExecutionError
        When something is missing, and nobody has allowed it.
    """
    if missing and not unsandboxed:
        raise ExecutionError(
            f"Generated code cannot be sandboxed here. {' '.join(missing)}",
            mend="To run it without a sandbox, start with --unsandboxed (unsandboxed=True).",
        )


def _limits(seconds: float | None, workers: int, *, isolated: bool) -> Limits:
    """What one fit may take of the time limit and of this machine's memory."""
    memory = _MEMORY_SHARE * psutil.virtual_memory().total / 2**20 / workers
    return Limits(None if seconds is None else longest_fit(seconds), memory, isolated=isolated)
