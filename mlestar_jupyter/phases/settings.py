"""How settings of a phase are read, written and explained. Standard library only."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any, Self, TypeVar, get_args, get_origin, get_type_hints

from mlestar_jupyter.errors import SettingError, unknown


@dataclass(frozen=True, kw_only=True)
class PhaseSettings:
    """What every phase accepts."""

    notes: str = ""
    """Wishes for the planner, in plain words."""
    max_evaluations: int | None = None
    """Stop after so many candidates; a run limited this way is repeatable to the last bit."""

    def spelled_out(self) -> Self:
        """The same, with what an empty setting stands for where others may add to it."""
        return self


S = TypeVar("S", bound=PhaseSettings)
_EXPONENT = re.compile(r"\d+e[+-]?\d+", re.IGNORECASE)
_WANTED = {
    int: "a whole number, 0 or more",
    float: "a number, 0 or more",
    bool: "true or false",
    str: "a text, in quotes where YAML reads a word otherwise",
}
_NO_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def read_settings(kind: type[S], given: Mapping[str, Any]) -> S:
    """Turn what the user wrote into settings: the only place that sees the raw mapping.

    Raises
    ------
    SettingError
        When a key is not known or a value has the wrong type.
    """
    hints = get_type_hints(kind)
    valid = {f.name for f in fields(kind)}
    values: dict[str, Any] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in valid:
            raise unknown("setting", str(key), valid)
        values[name] = _convert(name, value, hints[name])
    return kind(**values)


def _convert(name: str, value: Any, hint: Any) -> Any:
    """Make a YAML value fit the field's type."""
    if get_origin(hint) is tuple:
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, (list, tuple)) or not all(isinstance(i, str) for i in items):
            raise _wrong(name, value, "a list of names")
        return tuple(items)
    kinds = get_args(hint) or (hint,)
    if float in kinds and isinstance(value, str) and _EXPONENT.fullmatch(value):
        value = float(value)  # YAML reads 1e-5 as a text
    if value is None and type(None) in kinds:
        return None
    if bool in kinds and isinstance(value, bool):
        return value
    if isinstance(value, bool):
        raise _wrong(name, value, _WANTED[kinds[0]])
    if int in kinds and isinstance(value, int) and value >= 0:
        return value
    if float in kinds and isinstance(value, (int, float)) and value >= 0:
        return float(value)
    if str in kinds:
        return str(value)
    raise _wrong(name, value, _WANTED[kinds[0]])


def _wrong(name: str, value: Any, wanted: str) -> SettingError:
    return SettingError(f"The setting {name!r} is {value!r}.", mend=f"Give {wanted}.")


def defaults(kind: type[PhaseSettings]) -> dict[str, Any]:
    """Collect the default of every setting of a phase."""
    return {f.name: f.default for f in fields(kind) if f.default is not MISSING}


def written(value: Any) -> str:
    """Write a value as YAML that reads back as the same.

    >>> written(("a", "b: c")), written(1e-05)
    ('[a, "b: c"]', '1.0e-05')
    """
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(v if _is_plain(v) else written(v) for v in value) + "]"
    text = "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in json.dumps(value, ensure_ascii=False))
    if isinstance(value, float) and "." not in text:
        return text.replace("e", ".0e")
    return text


def _is_plain(value: Any) -> bool:
    """Whether YAML reads a word as a text without quotes."""
    return isinstance(value, str) and value.isidentifier() and value.lower() not in _NO_TEXT


def setting_summaries(kind: type[PhaseSettings]) -> dict[str, str]:
    """Read the sentence below every setting of a phase: one source for docs, help and hover texts."""
    import ast
    import inspect

    found: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__[:-1]):
        (body,) = ast.parse(inspect.getsource(ancestor)).body
        assert isinstance(body, ast.ClassDef)
        for statement, following in zip(body.body, body.body[1:], strict=False):
            match statement, following:
                case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                    found[name] = " ".join(text.split())
    return found
