"""What the user wrote, as values: flags of a line, the YAML body of a phase."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mlestar_jupyter.errors import SettingError, unknown


@dataclass(frozen=True)
class Flag:
    """One flag of a command: what it takes and what it is for."""

    name: str
    takes: str
    summary: str


FLAGS: dict[str, Flag] = {
    flag.name: flag
    for flag in (
        Flag(
            "dataset", "FILE or variable", "csv, tsv, parquet, feather or jsonl, compressed too, or a DataFrame's name"
        ),
        Flag("target", "COLUMN", "the column to predict"),
        Flag("name", "NAME", "the run's name; by default the file's"),
        Flag("output", "FOLDER", "where journal, script, reports, model and service go"),
        Flag("metric", "METRIC", "a scikit-learn scorer, or auc, logloss, rmse, mae"),
        Flag("problem", "TYPE", "auto, binary, multiclass or regression"),
        Flag("time", "COLUMN", "rows are ordered by it: later ones are predicted from earlier ones"),
        Flag("group", "COLUMN", "rows of one group are never on both sides of a split"),
        Flag("test", "SHARE or FILE", "the holdout: a share of the rows (0.2), 0 for none, or a file"),
        Flag("timeout", "TIME", "for all phases together: 90s, 10m, 1h30m"),
        Flag("max-agents", "N", "worker processes, at most the cores"),
        Flag("seed", "N", "0 by default"),
        Flag("sample", "N", "compare candidates on at most so many rows; by default as many as the time limit bears"),
        Flag("search-iterations", "N", "how many approaches the search keeps; with --online its rounds of queries"),
        Flag("refinement-iterations", "N", "how many blocks the refinement works on"),
        Flag("config", "FILE", "a YAML or JSON configuration in place of the flags"),
        Flag("llm", "PROVIDER:MODEL", "a chat model as a second planner beside the recipes"),
        Flag("llm-url", "URL", "a server of your own that speaks the provider's protocol"),
        Flag("llm-price", "IN,OUT", "US dollars for a million tokens sent and answered; by default as published"),
        Flag("max-cost", "USD", "what the chat model may cost; after that the recipes go on alone"),
        Flag("share-rows", "N", "show the chat model N rows; by default it sees schema and statistics"),
        Flag("unsandboxed", "", "run what the chat model writes even where this machine lacks walls for it"),
        Flag("refit", "", "fit anew in a folder whose run another version made; its record stays"),
        Flag("online", "", "ask search providers on the network too"),
        Flag("verbose", "", "show tracebacks of failed candidates"),
        Flag("output-format", "FORMAT", "text or html, for results"),
    )
}
STUDY_FLAGS: dict[str, Flag] = {
    flag.name: flag
    for flag in (
        Flag("study", "attribution", "spend the same fits targeted, at random, on all blocks and not at all"),
        Flag("seeds", "N", "how many splits of the rows; 3 by default"),
        Flag("fits", "N", "how many fits each way of spending them has; 400 by default"),
    )
}
_SWITCHES = ("online", "refit", "unsandboxed", "verbose")
_WHOLE = (
    *("max-agents", "seed", "sample", "search-iterations", "refinement-iterations", "seeds", "fits"),
    "share-rows",
)


def split_line(line: str) -> list[str]:
    """Split a line into words; quotes hold words together, and # starts a comment.

    Raises
    ------
    SettingError
        When a quote is not closed.
    """
    try:
        return shlex.split(line, comments=True)
    except ValueError as error:
        raise SettingError(f"A quote is not closed in: {line.strip()}.", mend="Close it, or leave it out.") from error


def read_flags(words: Sequence[str], valid: Mapping[str, Flag]) -> tuple[list[str], dict[str, Any]]:
    """Part words into positional ones and flags.

    Raises
    ------
    SettingError
        When a flag is unknown, lacks its value, or the value has the wrong form.
    """
    rest: list[str] = []
    flags: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            rest.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        name = name.replace("_", "-")
        if name not in valid:
            raise unknown("flag", f"--{name}", [f"--{n}" for n in valid])
        if name in _SWITCHES:
            flags[name] = True
            continue
        if not equals:
            if not waiting or waiting[0].startswith("--"):
                raise SettingError(f"--{name} has no value.", mend=f"Write --{name} {valid[name].takes}.")
            value = waiting.pop(0)
        flags[name] = _value(name, value)
    return rest, flags


def _value(name: str, text: str) -> Any:
    if name in _WHOLE:
        try:
            return int(text)
        except ValueError as error:
            raise SettingError(f"--{name} is {text!r}.", mend="Give a whole number.") from error
    if name == "max-cost":
        try:
            return float(text)
        except ValueError as error:
            raise SettingError(f"--max-cost is {text!r}.", mend="Give US dollars, as in 1.50.") from error
    if name == "test":
        try:
            return float(text)
        except ValueError:
            return text
    return text


def read_body(body: str | None) -> dict[str, Any]:
    """Read the YAML body of a phase cell; comments alone are fine.

    Raises
    ------
    SettingError
        When it is no YAML, or not ``key: value`` lines.
    """
    import yaml

    try:
        found = yaml.safe_load(body or "")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2} of the cell" if mark is not None else ""
        raise SettingError(f"The settings are not valid YAML{where}.", mend="Write one `key: value` a line.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SettingError(f"The settings are {type(found).__name__}, not keys.", mend="Write one `key: value` a line.")
    return {str(key): value for key, value in found.items()}
