"""How settings of a phase are read, written and explained. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Annotated, Self, TypeVar, get_type_hints

from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.converters import Whole, converter_of


@dataclass(frozen=True, kw_only=True)
class PhaseSettings:
    """What every phase accepts."""

    notes: str = ""
    """Wishes for the planner, in plain words."""
    max_evaluations: Annotated[int | None, Whole(1)] = None
    """Stop after so many candidates; a run limited this way is repeatable to the last bit."""

    def spelled_out(self) -> Self:
        """The same, with what an empty setting stands for where others may add to it."""
        return self

    def check(self, columns: Sequence[str], target: str) -> None:
        """Refuse what does not fit the table, before the phase starts.

        Raises
        ------
        SettingError
        """
        del columns, target


S = TypeVar("S", bound=PhaseSettings)
_NO_TEXT = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})


def read_settings(kind: type[S], given: Mapping[str, object]) -> S:
    """Turn what the user wrote into settings: the only place that sees the raw mapping.

    Raises
    ------
    SettingError
        When a key is not known or a value has the wrong type.
    """
    hints = get_type_hints(kind, include_extras=True)
    known = {f.name: f for f in fields(kind)}
    values: dict[str, object] = {}
    for key, value in given.items():
        name = str(key).replace("-", "_")
        if name not in known:
            raise unknown("setting", str(key), known)
        if name in values:
            raise SettingError(f"The setting {name!r} is given twice.", mend="Keep one of them.")
        converter = converter_of(hints[name])
        values[name] = converter.read(value, f"The setting {name!r}", or_none=known[name].default is None)
    return kind(**values)  # type: ignore[arg-type]


def written(value: object) -> str:
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


def _is_plain(value: object) -> bool:
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
