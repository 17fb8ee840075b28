"""Every option of a start, once: its type, default, help and what it decides.

`Workflow`, the flags of ``%mlestar start``, configuration files, the journal, help, Tab and the docs read them here. A
new option is one field of `StartOptions`; `Workflow.options` holds its value. Standard library only when imported:
help and completion load this alone.
"""
# No postponed annotations: `Annotated` must be there at run time.

import inspect
import textwrap
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING, Annotated, Any, ForwardRef, Literal, TypedDict, TypeVar, cast, get_args

from mlestar_jupyter.converters import (
    Address,
    Converter,
    Dollars,
    Duration,
    ModelName,
    OneOf,
    Part,
    Prices,
    ShareOrTable,
    Table,
    Text,
    Whole,
    converter_of,
)
from mlestar_jupyter.errors import SettingError, unknown

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from mlestar_jupyter.core.executor import Executor
    from mlestar_jupyter.planners.base import Planner

Place = Literal["python", "flag", "yaml"]
T = TypeVar("T")


@dataclass(frozen=True)
class Option:
    """What there is to say of an option.

    Parameters
    ----------
    takes : str
        What its flag takes: ``COLUMN`` also completes columns.
    help : str
        One sentence without a full stop.
    default : object
        None: the value may be None.
    reads : Converter, optional
        By default that of the field's type.
    decides : {"task", "plan", "nothing"}
        Whether another value makes another task, another plan for the same task, or only another way to run it.
    belongs_to : {"run", "place", "start"}
        Whether it is kept with the run, says where the run lies, or is about a single start.
    aliases : tuple of str
        Other keys in YAML: those of the original's workflows.
    flag : str
        By default the name with hyphens.
    places : tuple of str
        Where it can be given.
    needs : str
        Another option, without which this one says nothing.
    page : str
        Of the docs, with more about it.
    sets : callable, optional
        It gives a value to a phase's setting: phase and setting, by the other options.
    name : str
        Of the field.
    hint : str
        Its type.
    """

    takes: str
    help: str
    default: object = None
    reads: Converter[Any] | None = None
    decides: Literal["task", "plan", "nothing"] = "nothing"
    belongs_to: Literal["run", "place", "start"] = "run"
    aliases: tuple[str, ...] = ()
    flag: str = ""
    places: tuple[Place, ...] = ("python", "flag", "yaml")
    needs: str = ""
    page: str = ""
    sets: "Callable[[StartOptions], tuple[str, str]] | None" = None
    name: str = ""
    hint: str = ""

    @property
    def converter(self) -> Converter[Any]:
        """What its value may be."""
        assert self.reads is not None
        return self.reads

    def read(self, value: object, named: str) -> object:
        """Check a value; see `Converter.read`."""
        return self.converter.read(value, named, or_none=self.default is None)


@dataclass(frozen=True)
class Given:
    """A value with the name that the user wrote it under: ``--max-agents``, ``max_agents``."""

    value: object
    named: str


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


class TaskOptions(TypedDict):
    """What a run cannot begin without."""

    dataset: Annotated[
        "str | Path | pd.DataFrame",
        Option(
            "FILE or variable",
            "csv, tsv, parquet, feather or jsonl, compressed too, or a DataFrame (for a flag, its name)",
            reads=Table(),
            decides="task",
            aliases=("dataset_path",),
        ),
    ]
    target: Annotated[str, Option("COLUMN", "the column to predict", decides="task", aliases=("target_column",))]


class StartOptions(TypedDict, total=False):
    """What else a run may be started with."""

    name: Annotated[str | None, Option("NAME", "the run's name; by default the file's", aliases=("experiment_name",))]
    output: Annotated[
        "str | Path | None",
        Option(
            "FOLDER",
            "where journal, script, reports, model and service go; by default mlestar_runs/NAME, and a run of the same "
            "task that lies there is taken up again",
            reads=Text(),
            belongs_to="place",
            aliases=("model_output_dir",),
        ),
    ]
    metric: Annotated[
        str | None,
        Option(
            "METRIC",
            "a scikit-learn scorer, or auc, logloss, rmse, mae; by default ROC AUC, log-loss or RMSE",
            decides="task",
        ),
    ]
    problem: Annotated[str, Option("TYPE", "auto, binary, multiclass or regression", default="auto", decides="task")]
    time: Annotated[
        str | None,
        Option(
            "COLUMN",
            "rows are ordered by it: later ones are predicted from earlier ones",
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
            decides="task",
            aliases=("group_column",),
            page="how-it-works.md#folds-and-holdout",
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
    seed: Annotated[int, Option("N", "of folds, holdout and estimators", default=0, decides="task")]
    sample: Annotated[
        int | None,
        Option(
            "N",
            "compare candidates on at most so many rows; by default chosen from size and time limit",
            reads=Whole(100),
            page="how-it-works.md#large-tables",
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
            "run what the chat model writes even where this machine lacks walls for it",
            default=False,
            needs="llm",
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
            places=("flag", "yaml"),
            sets=lambda options: ("search", "rounds" if options.get("online") else "approaches"),
        ),
    ]
    refinement_iterations: Annotated[
        int,
        Option(
            "N",
            "how many blocks the refinement works on",
            places=("flag", "yaml"),
            sets=lambda _options: ("refinement", "iterations"),
        ),
    ]
    quality_threshold: Annotated[
        float,
        Option(
            "SHARE",
            "improvement over the baseline that the validation asks for",
            places=("yaml",),
            sets=lambda _options: ("validation", "min_improvement"),
        ),
    ]
    config: Annotated[
        str, Option("FILE", "a YAML or JSON configuration; flags beside it come before it", places=("flag",))
    ]
    verbose: Annotated[bool, Option("", "show tracebacks of failed candidates", default=False, places=("flag",))]
    output_format: Annotated[
        str,
        Option("FORMAT", "text or html, for results", default="html", reads=OneOf(("text", "html")), places=("flag",)),
    ]


class StudyName(TypedDict, total=False):
    """Which study ``%mlestar run`` makes."""

    study: Annotated[
        str, Option("attribution", "spend the same fits targeted, at random, on all blocks and not at all")
    ]


class StudyOptions(TypedDict, total=False):
    """What a study takes."""

    seeds: Annotated[int, Option("N", "how many splits of the rows", default=3)]
    fits: Annotated[int, Option("N", "how many fits each way of spending them has", default=400)]


class ExportOptions(TypedDict, total=False):
    """What ``%mlestar export`` takes."""

    format: Annotated[str, Option("py or ipynb", "a script, or the run as a notebook", default="py")]


def declared(kind: type[object]) -> dict[str, Option]:
    """Read the options that the fields of a `TypedDict` declare, by name."""
    found = {}
    for name, field in inspect.get_annotations(kind).items():
        hint, option = get_args(field)
        found[name] = replace(
            option,
            name=name,
            flag=option.flag or name.replace("_", "-"),
            reads=option.reads or converter_of(hint),
            hint=hint.__forward_arg__ if isinstance(hint, ForwardRef) else inspect.formatannotation(hint),
        )
    return found


REQUIRED = tuple(declared(TaskOptions))
OPTIONS: dict[str, Option] = {
    name: option for kind in (TaskOptions, StartOptions, LineOptions) for name, option in declared(kind).items()
}


STUDY_OPTIONS = declared(StudyName) | declared(StudyOptions)
EXPORT_OPTIONS = declared(ExportOptions)


def options_in(place: Place) -> list[Option]:
    """List the options that can be given somewhere, in the order of the docs."""
    return [option for option in OPTIONS.values() if place in option.places]


def in_python(options: Mapping[str, object]) -> dict[str, Given]:
    """Take keyword arguments by the options' names.

    Raises
    ------
    SettingError
        When there is no such option.
    """
    valid = [option.name for option in options_in("python")]
    for name in options:
        if name not in valid:
            raise unknown("option", name, valid)
    return {name: Given(value, name) for name, value in options.items()}


def check_options(given: Mapping[str, Given]) -> dict[str, object]:
    """Check each value, and that what it needs is there.

    Raises
    ------
    SettingError
        When a value is wrong, or an option is missing that it needs.
    """
    values = {name: OPTIONS[name].read(entry.value, entry.named) for name, entry in given.items()}
    for name, entry in given.items():
        option = OPTIONS[name]
        if option.needs and values[name] != option.default and values.get(option.needs) is None:
            needed = OPTIONS[option.needs]
            named = f"--{needed.flag}" if entry.named.startswith("--") else needed.name
            raise SettingError(f"{entry.named} needs {named}.", mend=f"Give {named} too: {needed.takes}.")
    return values


def start_options(options: Mapping[str, object]) -> StartOptions:
    """Check keyword arguments of `Workflow`, and add the defaults of all others."""
    values = check_options(in_python(options))
    defaults = {option.name: option.default for option in options_in("python") if option.name not in REQUIRED}
    return cast("StartOptions", defaults | values)


def settings_given(names: Iterable[str], options: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Collect the settings of phases that some of the options give a value to."""
    found: dict[str, dict[str, object]] = {}
    for option in map(OPTIONS.__getitem__, names):
        if option.sets is not None:
            phase, setting = option.sets(cast("StartOptions", options))
            found.setdefault(phase, {})[setting] = options[option.name]
    return found


def to_record(options: Mapping[str, object]) -> dict[str, object]:
    """What a journal keeps of options: plain values, and None for a table or a part in memory."""
    return {name: _plain(value) for name, value in options.items() if OPTIONS[name].belongs_to == "run"}


def deciding(options: Mapping[str, object]) -> dict[str, object]:
    """What of the options decides how phases plan, beside the task: values that are not the default."""
    return {
        name: plain if (plain := _plain(value)) is not None else f"{type(value).__module__}.{type(value).__qualname__}"
        for name, value in options.items()
        if OPTIONS[name].decides == "plan" and value != OPTIONS[name].default
    }


def deciding_the_task() -> list[str]:
    """Name the options of which another value makes another task."""
    return [option.name for option in OPTIONS.values() if option.decides == "task"]


def _plain(value: object) -> object:
    if isinstance(value, PurePath):
        return str(value)
    return value if isinstance(value, (str, int, float, tuple, list, dict)) else None


def flag_words(option: Option, value: object) -> list[tuple[str, ...]]:
    """Write a value as flags, each with its words; none for the default and for what is in memory."""
    plain = _plain(value)
    if plain is None or plain == option.default:
        return []
    if plain is True:
        return [(f"--{option.flag}",)]
    return [(f"--{option.flag}", text) for text in option.converter.texts(plain)]


def documented(kind: type[T]) -> type[T]:
    """Give a class that takes ``**options`` their signature, and its docstring their part of the parameters."""
    taken = [option for option in options_in("python") if option.name not in REQUIRED]
    plain = inspect.signature(kind.__init__)
    own = [p for p in plain.parameters.values() if p.kind is not p.VAR_KEYWORD]
    keywords = [
        inspect.Parameter(o.name, inspect.Parameter.KEYWORD_ONLY, default=o.default, annotation=o.hint) for o in taken
    ]
    kind.__init__.__signature__ = plain.replace(parameters=[*own, *keywords])  # type: ignore[attr-defined]
    lines = []
    for option in taken:
        lines.append(f"{option.name} : {option.hint.removesuffix(' | None')}, default {option.default!r}")
        lines += textwrap.wrap(_sentence(option.help), 112, initial_indent="    ", subsequent_indent="    ")
    kind.__doc__ = inspect.cleandoc(kind.__doc__ or "").replace("{options}", "\n".join(lines))
    return kind


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
