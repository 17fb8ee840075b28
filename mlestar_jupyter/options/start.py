"""Every option of a start, once: its type, default, help and what it decides.

`Workflow`, the flags of ``%mlestar start``, configuration files, the journal, help, Tab and the docs read them here. A
new option is one field of `StartOptions`; `Workflow.options` holds its value. Standard library only when imported:
help and completion load this alone.
"""
# No postponed annotations: `Annotated` must be there at run time.

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, TypedDict

from mlestar_jupyter.options.converters import Number, OneOf, Whole
from mlestar_jupyter.options.kinds import (
    Address,
    Called,
    CostsOfErrors,
    DecimalMark,
    Dollars,
    Duration,
    Folder,
    HowToSplit,
    ModelName,
    Part,
    Prices,
    Roles,
    RunName,
    ShareOrTable,
    Table,
)
from mlestar_jupyter.options.option import Option, Place, declared

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mlestar_jupyter.core.executor import Executor
    from mlestar_jupyter.planners.base import Planner


def _executors() -> Iterable[str]:
    from mlestar_jupyter.executors.registry import executors

    return executors()


def _is_executor(part: object) -> bool:
    from mlestar_jupyter.core.executor import Executor

    return isinstance(part, Executor)


def _planners() -> Iterable[str]:
    from mlestar_jupyter.planners.registry import planners

    return planners()


def _is_planner(part: object) -> bool:
    from mlestar_jupyter.planners.base import Planner

    return isinstance(part, Planner)


def _problems() -> Iterable[str]:
    from mlestar_jupyter.problems.registry import problems

    return ("auto", *problems())


_COLUMN = Called("a column")


class TaskOptions(TypedDict):
    """What a run cannot begin without."""

    dataset: Annotated[
        "str | Path | pd.DataFrame",
        Option(
            "FILE or variable",
            "text, JSON, Excel, Parquet, SPSS, Stata, SAS, a database or a folder, compressed too; FILE::PART names a "
            "member, sheet or table; or a DataFrame (for a flag, its name)",
            reads=Table(),
            decides="task",
            aliases=("dataset_path",),
            page="formats.md",
        ),
    ]
    target: Annotated[
        str,
        Option("COLUMN", "the column to predict", reads=_COLUMN, decides="task", aliases=("target_column",)),
    ]


class StartOptions(TypedDict, total=False):
    """What else a run may be started with."""

    name: Annotated[
        str | None,
        Option("NAME", "the run's name; by default the file's", reads=RunName(), aliases=("experiment_name",)),
    ]
    output: Annotated[
        "str | Path | None",
        Option(
            "FOLDER",
            "where journal, script, reports, model and service go; by default mlestar_runs/NAME, and a run of the same "
            "task that lies there is taken up again",
            reads=Folder(),
            belongs_to="place",
            aliases=("model_output_dir",),
        ),
    ]
    metric: Annotated[
        str | None,
        Option(
            "METRIC",
            "a scikit-learn scorer, or auc, logloss, rmse, mae; by default ROC AUC, log-loss or RMSE",
            reads=Called("a metric"),
            decides="task",
        ),
    ]
    problem: Annotated[
        str,
        Option(
            "TYPE",
            "auto, binary, multiclass, regression, or one that a package adds",
            default="auto",
            reads=Called("a problem type", _problems),
            decides="task",
        ),
    ]
    positive: Annotated[
        str | None,
        Option(
            "CLASS",
            "of two classes, the one that is to be found; by default the one that says yes, or the rarer one",
            reads=Called("a class"),
            decides="task",
        ),
    ]
    costs: Annotated[
        str | dict[str, float] | None,
        Option(
            "fp=COST,fn=COST",
            "what it costs to call a row positive wrongly, and to miss one that is: sets the threshold from which on "
            "the positive class is predicted",
            reads=CostsOfErrors(),
            decides="plan",
            page="statistics.md#threshold-by-costs",
        ),
    ]
    time: Annotated[
        str | None,
        Option(
            "COLUMN",
            "rows are ordered by it: later ones are predicted from earlier ones",
            reads=_COLUMN,
            decides="task",
            aliases=("time_column",),
        ),
    ]
    group: Annotated[
        str | None,
        Option(
            "COLUMN",
            "rows of one group are never on both sides of a split; by default rows that belong together are found, "
            "and none says that there are none",
            reads=_COLUMN,
            decides="task",
            aliases=("group_column",),
            page="how-it-works.md#folds-and-holdout",
        ),
    ]
    split: Annotated[
        "str | Mapping[str, object]",
        Option(
            "KIND, gap=…, window=…, folds=N",
            "how folds are made: auto (by time, groups or classes, as the task has them), expanding or sliding in "
            "time, or monte carlo; with a gap before the rows that are tested and the window that sliding ones look "
            "back, in days (7d), hours (12h) or the time column's own numbers",
            default="auto",
            reads=HowToSplit(),
            decides="task",
            page="how-it-works.md#folds-and-holdout",
        ),
    ]
    dayfirst: Annotated[
        bool | None,
        Option(
            "[false]",
            "whether the day comes first in dates such as 3/9/2026 which do not show it; by default the rest of the "
            "table decides, and where it cannot, the month comes first",
            decides="task",
            page="columns.md#how-dates-are-read",
        ),
    ]
    decimal: Annotated[
        str | None,
        Option(
            "comma or point",
            "the decimal mark where 1.234 may also be a thousand; by default the rest of the table decides",
            reads=DecimalMark(),
            decides="task",
            page="columns.md#how-numbers-are-read",
        ),
    ]
    roles: Annotated[
        dict[str, str] | None,
        Option(
            "COLUMN=ROLE",
            "what a column is, where that is recognised wrongly: identifier, number, category, date, text, ignore, or "
            "a role that a package adds; once for each column",
            reads=Roles(),
            decides="task",
            flag="role",
            aliases=("role",),
            page="columns.md#roles",
        ),
    ]
    test: Annotated[
        "float | str | Path | pd.DataFrame",
        Option(
            "SHARE or FILE",
            "the holdout: a share of the rows (0.2), 0 for none, or a table",
            default=0.2,
            reads=ShareOrTable(),
            decides="task",
        ),
    ]
    timeout: Annotated[
        str | float | None,
        Option(
            "TIME",
            "for all phases together: 90s, 10m, 1h30m, or seconds",
            reads=Duration(),
            aliases=("max_training_time",),
        ),
    ]
    max_agents: Annotated[int | None, Option("N", "worker processes, at most and by default the cores", reads=Whole(1))]
    seed: Annotated[
        int, Option("N", "of folds, holdout and estimators", default=0, reads=Whole(0, 2**32 - 1), decides="task")
    ]
    sample: Annotated[
        int | None,
        Option(
            "N",
            "compare candidates on at most so many rows; by default chosen from size and time limit",
            reads=Whole(100),
            page="how-it-works.md#large-tables",
        ),
    ]
    prefer: Annotated[
        str,
        Option(
            "score or simplicity",
            "what is used: the best expected score, or the simplest solution within one standard error of it",
            default="score",
            reads=OneOf(("score", "simplicity")),
            decides="plan",
            page="statistics.md#used-and-proven",
        ),
    ]
    max_latency: Annotated[
        float | None,
        Option(
            "MS",
            "what takes longer to predict one row is not used, nor passes validation and deployment, whose limit is "
            "100 by default",
            reads=Number(0, is_open=True),
            decides="plan",
            page="how-it-works.md#time-of-a-row",
        ),
    ]
    device: Annotated[
        str,
        Option(
            "cpu or cuda",
            "where models are fitted: on a GPU those of XGBoost and CatBoost, the others on the CPU",
            default="cpu",
            reads=OneOf(("cpu", "cuda")),
            decides="plan",
            page="how-it-works.md#on-a-gpu",
        ),
    ]
    executor: Annotated[
        "str | Executor", Option("NAME", "what runs the fits", default="local", reads=Part(_executors, _is_executor))
    ]
    planner: Annotated[
        "str | Planner",
        Option(
            "NAME", "what proposes candidates", default="recipes", reads=Part(_planners, _is_planner), decides="plan"
        ),
    ]
    llm: Annotated[
        str | None,
        Option(
            "PROVIDER:MODEL",
            "a chat model as a second planner beside the recipes",
            reads=ModelName(),
            decides="plan",
            page="models.md",
        ),
    ]
    llm_url: Annotated[
        str | None,
        Option("URL", "a server of your own that speaks the provider's protocol", reads=Address(), needs="llm"),
    ]
    llm_price: Annotated[
        str | tuple[float, float] | None,
        Option(
            "IN,OUT",
            "US dollars for a million tokens sent and answered; by default as published",
            reads=Prices(),
            needs="llm",
        ),
    ]
    max_cost: Annotated[
        float | None,
        Option("USD", "what the chat model may cost; after that the recipes go on alone", reads=Dollars(), needs="llm"),
    ]
    share_rows: Annotated[
        int,
        Option(
            "N",
            "show the chat model N rows; by default it sees schema and statistics",
            default=0,
            reads=Whole(0, 20),
            decides="plan",
            needs="llm",
        ),
    ]
    unsandboxed: Annotated[
        bool,
        Option(
            "",
            "run generated code even where it cannot be sandboxed",
            default=False,
            page="safety.md",
        ),
    ]
    refit: Annotated[
        bool,
        Option(
            "",
            "fit anew in a folder whose run another version made; its record stays",
            default=False,
            belongs_to="start",
            page="files-on-disk.md#after-an-upgrade",
        ),
    ]
    online: Annotated[
        bool,
        Option("", "ask search providers on the network too", default=False, decides="plan", page="search.md"),
    ]


class ConfigOptions(StartOptions, total=False):
    """What may be given beside a configuration: each option, the table and the target."""

    dataset: "str | Path | pd.DataFrame"
    target: str


class LineOptions(TypedDict, total=False):
    """What only a line or a configuration takes: settings of phases under their old names, and how results look."""

    search_iterations: Annotated[
        int,
        Option(
            "N",
            "how many approaches the search keeps; with --online its rounds of queries",
            reads=Whole(1),
            places=("flag", "yaml"),
            sets=lambda options: ("search", "rounds" if options.get("online") else "approaches"),
        ),
    ]
    refinement_iterations: Annotated[
        int,
        Option(
            "N",
            "how many blocks the refinement works on",
            reads=Whole(1),
            places=("flag", "yaml"),
            sets=lambda _options: ("refinement", "iterations"),
        ),
    ]
    quality_threshold: Annotated[
        float,
        Option(
            "SCORE",
            "the score that the validation asks for, in the metric's own unit",
            places=("yaml",),
            sets=lambda _options: ("validation", "quality_threshold"),
        ),
    ]
    config: Annotated[
        str, Option("FILE", "a YAML or JSON configuration; flags beside it come before it", places=("flag",))
    ]
    verbose: Annotated[bool, Option("", "show tracebacks of failed candidates", default=False, places=("flag",))]
    output_format: Annotated[
        str,
        Option("FORMAT", "text or html, for results", default="html", reads=OneOf(("html", "text")), places=("flag",)),
    ]


class MoreOptions(TypedDict, total=False):
    """More time for a run."""

    more: Annotated[
        "str | float",
        Option("TIME", "go on from a finished run for so long, as in 10m", reads=Duration()),
    ]


class StudyName(TypedDict, total=False):
    """Which study ``%mlestar run`` makes."""

    study: Annotated[
        str,
        Option(
            "attribution",
            "spend the same fits targeted, at random, on all blocks and not at all",
            reads=OneOf(("attribution",)),
        ),
    ]


class StudyOptions(TypedDict, total=False):
    """What a study takes."""

    seeds: Annotated[int, Option("N", "how many splits of the rows", default=3)]
    fits: Annotated[int, Option("N", "how many fits each way of spending them has", default=400, reads=Whole(1))]


class ExportOptions(TypedDict, total=False):
    """What ``%mlestar export`` takes."""

    format: Annotated[
        str, Option("py or ipynb", "a script, or the run as a notebook", default="py", reads=OneOf(("py", "ipynb")))
    ]


REQUIRED = tuple(declared(TaskOptions))
OPTIONS: dict[str, Option] = {
    name: option for kind in (TaskOptions, StartOptions, LineOptions) for name, option in declared(kind).items()
}


MORE_OPTIONS = declared(MoreOptions)
STUDY_OPTIONS = declared(StudyName) | declared(StudyOptions)
RUN_OPTIONS = MORE_OPTIONS | STUDY_OPTIONS
EXPORT_OPTIONS = declared(ExportOptions)


def options_in(place: Place) -> list[Option]:
    """List the options that can be given somewhere, in the order of the docs."""
    return [option for option in OPTIONS.values() if place in option.places]
