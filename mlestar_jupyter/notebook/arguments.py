"""What the user wrote, as values: flags of a line, the YAML body of a phase."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.keys import Place, read_keys
from mlestar_jupyter.options.option import Given, Option

_PART = re.compile(r"""'[^']*'|"[^"]*"|\\[ \t](?=[^\s-])|[^\s'"]""")
_WORD = re.compile(rf"(?:{_PART.pattern})++(?!\S)")
_NEARLY_FLAG = re.compile(r"[-–—][^\W\d]")
"""With one hyphen, or with the dash that some keyboards make of two."""


def split_line(line: str) -> list[str]:
    """Split a line into words.

    Quotes hold words together, # at the beginning of a word starts a comment, and a semicolon at the end of the line is
    IPython's. A backslash is a character as others are, since it is in every path of Windows; only one before a blank
    within a word keeps the blank, as shells and Tab have it.

    Raises
    ------
    SettingError
        When a quote is not closed.

    >>> split_line(r"start --dataset data\train.csv --output 'my runs' # C#")
    ['start', '--dataset', 'data\\train.csv', '--output', 'my runs']
    """
    words: list[str] = []
    rest = line.rstrip().removesuffix(";").rstrip()
    while rest := rest.lstrip():
        if rest.startswith("#"):
            break
        found = _WORD.match(rest)
        if found is None:
            raise SettingError(f"A quote is not closed in: {line.strip()}.", mend="Close it, or leave it out.")
        words.append("".join(_plain(part) for part in _PART.findall(found.group())))
        rest = rest[found.end() :]
    return words


def _plain(part: str) -> str:
    """A part of a word without its quotes, or a blank without its backslash."""
    if part[0] in "'\"":
        return part[1:-1]
    return part.removeprefix("\\") if len(part) > 1 else part


def read_flags(words: Sequence[str], options: Iterable[Option]) -> tuple[list[str], dict[str, Given]]:
    """Part words into positional ones and options, each with its value checked.

    Raises
    ------
    SettingError
        When a flag is unknown, is given twice, lacks its value, or the value has the wrong form.
    """
    by_flag = {option.flag: option for option in options}
    rest: list[str] = []
    texts: dict[str, list[str]] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if not word.startswith("--"):
            if _NEARLY_FLAG.match(word):
                raise unknown("flag", word, [f"--{known}" for known in by_flag])
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
    if len(texts) > 1 and not option.converter.repeats:
        raise SettingError(f"{named} is given twice.", mend="Keep one of them.")
    return Given(option.read(option.converter.parse(texts), named), named)


def read_body(body: str | None) -> dict[str, object]:
    """Read the YAML body of a phase cell; comments alone are fine.

    Raises
    ------
    SettingError
        When it is no YAML, or not ``key: value`` lines.
    """
    found = read_keys(body or "", Place("The settings", of_line=" of the cell", first_line=2))
    return {str(key): value for key, value in found.items()}
