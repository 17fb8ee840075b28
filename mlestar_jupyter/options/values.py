"""Values of options: checked, completed, and written for the journal, as flags and as a signature."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import TypeVar, cast

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.option import Given, Option
from mlestar_jupyter.options.start import OPTIONS, REQUIRED, StartOptions, options_in

T = TypeVar("T")


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
    for name in REQUIRED:
        if name in given and values[name] is None:
            raise SettingError(f"{given[name].named} is None.", mend=f"Give {OPTIONS[name].converter.wanted}.")
    for name, entry in given.items():
        option = OPTIONS[name]
        if option.needs and values[name] != option.default and values.get(option.needs) is None:
            needed = OPTIONS[option.needs]
            named = f"--{needed.flag}" if entry.named.startswith("--") else needed.name
            raise SettingError(f"{entry.named} needs {named}.", mend=f"Give {named} too: {needed.takes}.")
    return values


def read_task(dataset: object, target: object) -> tuple[object, str]:
    """Check table and target, keyword arguments of `Workflow`."""
    values = check_options(in_python({"dataset": dataset, "target": target}))
    return values["dataset"], str(values["target"])


def start_options(options: Mapping[str, object]) -> StartOptions:
    """Check keyword arguments of `Workflow`, and add the defaults of all others but table and target."""
    values = check_options(in_python(options))
    names = [option for option in options_in("python") if option.name not in REQUIRED]
    return cast("StartOptions", {option.name: values.get(option.name, option.default) for option in names})


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


def other_task_options(known: Mapping[str, object], given: Mapping[str, object]) -> list[str]:
    """Say which options make another task than those on record: how each was given, and how it is.

    Parameters
    ----------
    known, given : dict
        As `to_record` writes them.
    """
    changed = []
    for option in OPTIONS.values():
        if option.decides != "task":
            continue
        before, now = (_as_flags(option, options.get(option.name)) for options in (known, given))
        if before != now:
            changed.append(f"{before} → {now}")
    return changed


def _as_flags(option: Option, value: object) -> str:
    """Write an option as it stands in a start line."""
    words = " ".join(" ".join(flag) for flag in flag_words(option, value))
    return words or f"no --{option.flag}"


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
