"""The commands of `%mlestar`: each translates words into one call of the workflow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from mlestar_jupyter.errors import SettingError, nearest, unknown
from mlestar_jupyter.notebook.answers import Text, ids, leave_blocks, shown
from mlestar_jupyter.notebook.arguments import read_body, read_flags
from mlestar_jupyter.notebook.decisions import accept, ask, checkout, edit, propose, reject
from mlestar_jupyter.notebook.session import Session
from mlestar_jupyter.options.kinds import home, may_be_table
from mlestar_jupyter.options.option import Given, Option
from mlestar_jupyter.options.start import EXPORT_OPTIONS, OPTIONS, RUN_OPTIONS, options_in
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import PhaseSettings, read_settings, setting_summaries, written

if TYPE_CHECKING:
    import pandas as pd

    from mlestar_jupyter.options.start import StudyOptions

Function = Callable[[Session, Sequence[str], str | None], object]


@dataclass(frozen=True)
class Command:
    """One command: how it is written, what it does, and the function behind it."""

    usage: str
    summary: str
    function: Function


# --- start --------------------------------------------------------------------------------------------------------


def start(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Start a workflow, or take up the one in the output folder."""
    del cell
    rest, given = read_flags(words, options_in("flag"))
    if rest:
        raise _unexpected(words, rest[0])
    from mlestar_jupyter.config import read_start
    from mlestar_jupyter.workflow import Workflow

    config = given.pop("config", None)
    begun = read_start(None if config is None else str(config.value), _with_table(session, given))
    if "name" not in begun.options and not isinstance(begun.dataset, (str, Path)):
        begun.options["name"] = str(given["dataset"].value)  # each DataFrame has a run of its own
    workflow = Workflow.begin(begun)
    session.begin(workflow)
    session.verbose = begun.line.get("verbose", False)
    session.plain = begun.line.get("output_format") == "text"
    from mlestar_jupyter.notebook.cells import start_batch

    session.leave(start_batch(workflow))
    return shown(session, workflow.status())


def _unexpected(words: Sequence[str], word: str) -> SettingError:
    """Refuse a word that belongs to no flag, by the flag before it."""
    options = list(options_in("flag"))
    places = (place for place, each in enumerate(words) if each == word)  # it may be a value before
    before = next(words[:place] for place in places if read_flags(words[: place + 1], options)[0])
    flag = next((given for given in reversed(before) if given.startswith("--")), "")
    if before[-1:] == [flag] and any(flag == f"--{option.flag}" and option.converter.is_switch for option in options):
        return SettingError(f"{flag} takes true or false, not {word!r}.", mend=f"Write {flag} or {flag} false.")
    if flag:
        return SettingError(f"Unexpected argument {word!r} after {flag}.", mend="Put a value with blanks in quotes.")
    return SettingError(f"Unexpected argument {word!r}.", mend="Write --dataset FILE --target COLUMN.")


def _with_table(session: Session, given: Mapping[str, Given]) -> dict[str, Given]:
    """The options, with the tables in the notebook that dataset and test name."""
    found = dict(given)
    if "dataset" in given:
        text = str(given["dataset"].value)
        found["dataset"] = replace(given["dataset"], value=_dataset(session, text))
    if "test" in given and may_be_table(table := session.shell.user_ns.get(str(given["test"].value))):
        found["test"] = replace(given["test"], value=table)
    return found


def _dataset(session: Session, text: str) -> object:
    """A table of that name in the notebook, or else a path."""
    found: object = session.shell.user_ns.get(text)
    if may_be_table(found) and not (isinstance(found, (dict, list)) and Path(text).exists()):
        return found
    if Path(home(text)).exists() or any(mark in text for mark in (*"./\\~", "::")):
        return text
    tables = [n for n, v in session.shell.user_ns.items() if "DataFrame" in type(v).__name__ and not n.startswith("_")]
    near = nearest(text, tables)
    mend = f"Did you mean {near!r}?" if near else "Give a file, or the name of a DataFrame."
    raise SettingError(f"There is no file and no DataFrame {text!r}.", mend=mend)


# --- phases -------------------------------------------------------------------------------------------------------


def _phase(name: str) -> Function:
    def command(session: Session, words: Sequence[str], cell: str | None) -> object:
        if words:
            raise SettingError(
                f"{name} takes no {words[0]!r} on its line.", mend="Write settings below, as `key: value`."
            )
        workflow = session.need()
        given = workflow.defaults.get(name, {}) | read_body(cell)
        return run_phase(session, name, read_settings(PHASES[name].settings, given))

    return command


def run_phase(session: Session, name: str, settings: PhaseSettings) -> object:
    """Run one phase with its progress shown, then leave its cells."""
    from mlestar_jupyter.notebook.cells import phase_batch
    from mlestar_jupyter.notebook.progress import watch

    workflow = session.need()
    with watch(session):
        result = workflow.run_phase(name, settings)
    session.leave(phase_batch(workflow, result))
    return shown(session, result)


def run(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Run all phases that have not run, go on for a time from a run that has ended, or make a study."""
    del cell
    workflow = session.need()
    words, given = read_flags(words, RUN_OPTIONS.values())
    more = given.pop("more", None)
    if more is not None and given:
        raise SettingError("--more and a study are two things.", mend="Write one of them on a line.")
    if given:
        return _study(session, words, given)
    until = words[0] if words else None
    if until is not None and until not in PHASES:
        raise unknown("phase", until, PHASES)
    from IPython.display import display

    from mlestar_jupyter.notebook.progress import watch

    before = [*workflow.results.values(), *workflow.standing.more]
    with watch(session):
        workflow.run(until, more=None if more is None else cast("str | float", more.value))
    for result in (*workflow.standing.more, *workflow.results.values()):
        if not any(result is known for known in before):
            display(shown(session, result))
    replayed = all(result.replayed for result in workflow.results.values())
    leave_blocks(session, "run", workflow.solution.blocks if workflow.has_solution else (), replayed=replayed)
    return workflow.status()


def _study(session: Session, words: Sequence[str], given: Mapping[str, Given]) -> object:
    """Run a study on the active workflow's table."""
    from mlestar_jupyter.notebook.progress import watch

    if words:
        raise SettingError(f"A study takes no {words[0]!r}.", mend=f"Write {COMMANDS['run'].usage}.")
    if "study" not in given:
        raise SettingError(f"{next(iter(given.values())).named} is for a study.", mend="Add --study attribution.")
    values = {name: entry.value for name, entry in given.items() if name != "study"}
    with watch(session):
        result = session.need().study(**cast("StudyOptions", values))
    return shown(session, result)


# --- looking at it ------------------------------------------------------------------------------------------------


def _look(method: str) -> Function:
    def command(session: Session, words: Sequence[str], cell: str | None) -> object:
        del cell
        _check_alone(method, words)
        return getattr(session.need(), method)()

    return command


def _check_alone(name: str, words: Sequence[str]) -> None:
    if words:
        raise SettingError(f"{name} takes no {words[0]!r}.", mend=f"Write %mlestar {name}.")


def show(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Show one candidate."""
    del cell
    (prefix,) = ids(words, 1, "show ID")
    return session.need().show(prefix)


def diff(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Show what differs between two candidates."""
    del cell
    first, second = ids(words, 2, "diff ID ID")
    return Text(session.need().diff(first, second) or "The blocks are the same.")


def export(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Write the solution as a script, or the run as a notebook."""
    del cell
    rest, given = read_flags(words, EXPORT_OPTIONS.values())
    path = session.need().export(rest[0] if rest else None, str(given["format"].value) if given else "py")
    return Text(f"Written: {path}")


def report(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Write report.html and report.json."""
    del cell
    _check_alone("report", words)
    return Text(f"Written: {session.need().report()} and report.json beside it")


def resume(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Take up a run from its folder."""
    del cell
    rest, given = read_flags(words, [OPTIONS["dataset"]])
    if len(rest) != 1:
        raise SettingError("resume needs the folder of a run.", mend="Write %mlestar resume DIR.")
    from mlestar_jupyter.workflow import Workflow

    table = _with_table(session, given)["dataset"].value if given else None
    workflow = Workflow.resume(rest[0], cast("str | pd.DataFrame | None", table))
    session.begin(workflow)
    return workflow.status()


def insert(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Put a block's code into this cell."""
    del cell
    solution = session.need().solution
    if len(words) != 1:
        raise SettingError(
            "insert needs the name of one block.", mend=f"Write %mlestar insert BLOCK: {', '.join(solution.blocks)}."
        )
    if words[0] not in solution.blocks:
        raise unknown("block", words[0], solution.blocks)
    if session.frontend.kind == "headless":
        return Text(solution.blocks[words[0]].rstrip())
    session.shell.set_next_input(solution.blocks[words[0]], replace=True)
    return None


# --- help ---------------------------------------------------------------------------------------------------------


def help_command(session: Session, words: Sequence[str], cell: str | None) -> object:
    """Explain all commands, one of them, or a check."""
    from mlestar_jupyter.checks.registry import detectors

    del session, cell
    if not words:
        return Text(help_text())
    if words[0] in COMMANDS:
        return Text(command_help(words[0]))
    known = detectors()
    if words[0] in known:
        return Text(known[words[0]].explained())
    raise unknown("command or check", words[0], [*COMMANDS, *known])


def flags_of(command: str) -> list[Option]:
    """List the flags of a command."""
    return {
        "start": options_in("flag"),
        "run": list(RUN_OPTIONS.values()),
        "export": list(EXPORT_OPTIONS.values()),
        "resume": [OPTIONS["dataset"]],
    }.get(command, [])


def command_help(name: str) -> str:
    """Explain one command with its flags or settings."""
    command = COMMANDS[name]
    lines = [command.usage, f"    {command.summary}"]
    flags = {f"--{option.flag} {option.takes}": option.help for option in flags_of(name)}
    lines += [f"    {flag:<{max(map(len, flags))}}  {text}" for flag, text in flags.items()]
    if name in PHASES:
        lines.append("    Settings, one `key: value` a line below the magic:")
        settings = PHASES[name].settings().spelled_out()
        summaries = setting_summaries(type(settings))
        lines += [
            f"    {f.name}: {written(getattr(settings, f.name)):<18} {summaries[f.name]}" for f in fields(settings)
        ]
    return "\n".join(lines)


def help_text() -> str:
    """Explain all commands, from the registry."""
    lines = ["MLE-STAR: from a table and its target to a tested, deployable model, in cells that you own.", ""]
    lines += [f"{command.usage:<52} {command.summary}" for command in COMMANDS.values()]
    lines += [
        "",
        "%mlestar start --dataset churn.csv --target Churn --timeout 5m",
        "%%mlestar foundation",
        "candidates: 10",
        "",
        "%mlestar help start explains the flags, %mlestar help foundation the settings of a phase.",
        "A cell that begins with `# mlestar: features` is a block: edit it and run it, and it is scored and used.",
    ]
    return "\n".join(lines)


COMMANDS: dict[str, Command] = {
    "start": Command("%mlestar start --dataset FILE --target COLUMN …", "Name a table and what to predict.", start),
    **{name: Command(f"%%mlestar {name}", phase.summary, _phase(name)) for name, phase in PHASES.items()},
    "run": Command(
        "%mlestar run [PHASE | --more TIME | --study NAME]",
        "Run all phases that have not run, go on for a time, or make a study.",
        run,
    ),
    "plan": Command("%mlestar plan", "Say what each phase will evaluate, and how long it takes.", _look("plan")),
    "status": Command("%mlestar status", "Say where the workflow stands.", _look("status")),
    "tree": Command("%mlestar tree", "List all candidates by what they were made from.", _look("tree")),
    "calls": Command("%mlestar calls", "List the calls of the chat model, with tokens and money.", _look("calls")),
    "show": Command("%mlestar show ID", "Show one candidate: scores, origin, blocks.", show),
    "diff": Command("%mlestar diff ID ID", "Show what differs between two candidates.", diff),
    "checkout": Command("%mlestar checkout ID", "Make an earlier candidate the solution.", checkout),
    "propose": Command("%mlestar propose BLOCK", "Ask for one more variant of a block; you decide.", propose),
    "ask": Command("%%mlestar ask BLOCK", "Have the chat model change a block in your words; you decide.", ask),
    "accept": Command("%mlestar accept ID", "Use an attempt's block from now on.", accept),
    "reject": Command("%mlestar reject ID", "Do without an attempt; the block before it comes back.", reject),
    "edit": Command("%mlestar edit ID", "Put an attempt's block into a cell, to change it and run it.", edit),
    "insert": Command("%mlestar insert BLOCK", "Put the code of a block into this cell.", insert),
    "export": Command(
        "%mlestar export [--format py|ipynb] [PATH]", "Write the script, or the run as a notebook.", export
    ),
    "report": Command("%mlestar report", "Write report.html and report.json.", report),
    "resume": Command("%mlestar resume DIR [--dataset TABLE]", "Take up a run from its folder.", resume),
    "help": Command("%mlestar help [COMMAND | CODE]", "Explain all commands, one of them, or a check.", help_command),
}
