"""Keys with values, as YAML or JSON: read from a cell or a file, with a line that says where it is wrong.

YAML takes the last of two equal keys; here that is a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.options.converters import shown

if TYPE_CHECKING:
    import yaml

_ONE_A_LINE = "Write one `key: value` a line."


@dataclass(frozen=True)
class Place:
    """Where keys are written.

    Parameters
    ----------
    named : str
        As messages begin with it: ``The settings``.
    of_line : str
        What follows the number of a line, such as ``" of the cell"``.
    first_line : int
        Number of the first one.
    """

    named: str
    of_line: str = ""
    first_line: int = 1

    def lines(self, *marks: yaml.Mark) -> str:
        """Name the lines of marks."""
        numbers = sorted({mark.line + self.first_line for mark in marks})
        return f"line{'s' if len(numbers) > 1 else ''} {' and '.join(map(str, numbers))}{self.of_line}"


def read_keys(text: str, place: Place) -> dict[object, object]:
    """Read a text of ``key: value`` lines; comments alone give none.

    Raises
    ------
    SettingError
        When it is no YAML, is no mapping, or gives a key twice.
    """
    import yaml

    try:
        node = yaml.compose(text, yaml.SafeLoader)
        if node is not None:
            _check_keys(node, place, set())
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # of a date that is none, or too deep
        raise _invalid(error, text, place) from error
    return mapping(found, place.named)


def mapping(value: object, named: str) -> dict[object, object]:
    """Take a mapping; nothing is an empty one.

    Raises
    ------
    SettingError
        When it is something else.
    """
    if value is None:
        return {}
    if not isinstance(value, dict):
        kind = "a list" if isinstance(value, list) else shown(value)
        raise SettingError(f"{named}: {kind} instead of keys.", mend=_ONE_A_LINE)
    return value


def _check_keys(node: yaml.Node, place: Place, seen: set[int]) -> None:
    """Refuse a key that is given twice, at any depth; an alias may lead back to where it is."""
    import yaml

    if id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _check_keys(item, place, seen)
    if not isinstance(node, yaml.MappingNode):
        return
    known: dict[str, yaml.Mark] = {}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            if key.value in known:
                where = place.lines(known[key.value], key.start_mark)
                raise SettingError(
                    f"{place.named}: {shown(key.value)} is given twice, in {where}.", mend="Keep one of them."
                )
            known[key.value] = key.start_mark
        _check_keys(value, place, seen)


def _invalid(error: Exception, text: str, place: Place) -> SettingError:
    """Say what is wrong and in which line, where the reason is a common one."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        why = "it is nested too deeply" if isinstance(error, RecursionError) else shown(str(error))
        mend = "Put a text that looks like a date in quotes." if type(error) is ValueError else _ONE_A_LINE
        return SettingError(f"{place.named}: no valid YAML or JSON ({why}).", mend=mend)
    line, where = "".join(text.splitlines()[mark.line : mark.line + 1]), place.lines(mark)
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return SettingError(f"{place.named}: a tab at the beginning of {where}.", mend="Indent with blanks.")
    if r"'\t'" in str(error):
        return SettingError(f"{place.named}: a tab in {where}.", mend="Write blanks in its place.")
    if "mapping values are not allowed" in str(error):
        return SettingError(
            f"{place.named}: a colon too many in {where}.", mend="Put a value with a colon or a hash in quotes."
        )
    return SettingError(f"{place.named}: no valid YAML or JSON in {where}.", mend=_ONE_A_LINE)
