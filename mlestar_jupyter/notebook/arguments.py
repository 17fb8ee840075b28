"""What the user wrote, as values: flags of a line, the YAML body of a phase."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Sequence

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.option import Given, Option


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


def read_flags(words: Sequence[str], options: Iterable[Option]) -> tuple[list[str], dict[str, Given]]:
    """Part words into positional ones and options, each with its value checked.

    Raises
    ------
    SettingError
        When a flag is unknown, lacks its value, or the value has the wrong form.
    """
    by_flag = {option.flag: option for option in options}
    rest: list[str] = []
    texts: dict[str, list[str]] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            rest.append(word)
            continue
        flag, equals, value = word[2:].partition("=")
        flag = flag.replace("_", "-")
        if flag not in by_flag:
            raise unknown("flag", f"--{flag}", [f"--{known}" for known in by_flag])
        if not equals and by_flag[flag].converter.is_switch:
            value = waiting.pop(0) if waiting and waiting[0].lower() in ("true", "false") else "true"
        elif not equals:
            if not waiting or waiting[0].startswith("--"):
                raise SettingError(f"--{flag} has no value.", mend=f"Write --{flag} {by_flag[flag].takes}.")
            value = waiting.pop(0)
        texts.setdefault(flag, []).append(value)
    return rest, {by_flag[flag].name: _read(by_flag[flag], found) for flag, found in texts.items()}


def _read(option: Option, texts: list[str]) -> Given:
    named = f"--{option.flag}"
    return Given(option.read(option.converter.parse(texts), named), named)


def read_body(body: str | None) -> dict[str, object]:
    """Read the YAML body of a phase cell; comments alone are fine.

    Raises
    ------
    SettingError
        When it is no YAML, or not ``key: value`` lines.
    """
    import yaml

    try:
        found = yaml.safe_load(body or "")
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # of a date that is none, or too deep
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 2} of the cell" if mark is not None else ""
        raise SettingError(f"The settings are not valid YAML{where}.", mend="Write one `key: value` a line.") from error
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise SettingError(f"The settings are {type(found).__name__}, not keys.", mend="Write one `key: value` a line.")
    return {str(key): value for key, value in found.items()}
