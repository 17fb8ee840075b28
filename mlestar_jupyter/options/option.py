"""What there is to say of an option, and how the fields of a `TypedDict` declare options."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ForwardRef, Literal, get_args

from mlestar_jupyter.options.converters import Converter, converter_of

Place = Literal["python", "flag", "yaml"]


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
    sets: Callable[[Mapping[str, object]], tuple[str, str]] | None = None
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
