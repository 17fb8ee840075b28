"""Write the tables of magics.md from the registries: python docs/tables.py."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path

from mlestar_jupyter.notebook.commands import COMMANDS
from mlestar_jupyter.options.option import Option
from mlestar_jupyter.options.start import REQUIRED, RUN_OPTIONS, options_in
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import setting_summaries, written

PAGE = Path(__file__).parent / "magics.md"
_TABLE = re.compile(r"(<!-- table: (.+?) -->\n).*?(<!-- end -->)", re.DOTALL)


def with_tables(text: str) -> str:
    """Fill the places for tables in a page."""
    return _TABLE.sub(lambda found: found[1] + table(found[2]) + found[3], text)


def table(name: str) -> str:
    """Write a table by its name: ``commands``, ``flags of start``, ``flags of run``, ``variables``, or a phase."""
    match name:
        case "commands":
            rows = [("command", "what it does"), *((f"`{c.usage}`", c.summary) for c in COMMANDS.values())]
        case "flags of start":
            rows = _flags(options_in("flag"))
        case "flags of run":
            rows = _flags(RUN_OPTIONS.values())
        case "variables":
            rows = [("key", "also", "flag"), *_keys()]
        case _:
            kind = PHASES[name].settings
            sentences = setting_summaries(kind)
            rows = [("setting", "default", "meaning")]
            rows += [(f"`{f.name}`", f"`{written(f.default)}`", sentences[f.name]) for f in fields(kind)]
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |\n" for row in rows]
    return lines[0] + "|" + " --- |" * len(rows[0]) + "\n" + "".join(lines[1:])


def _flags(options: Iterable[Option]) -> list[tuple[str, ...]]:
    rows = [("flag", "default", "what it is for")]
    for option in options:
        flag = f"--{option.flag} {option.takes}".rstrip()
        more = f" ([more]({option.page}))" if option.page else ""
        rows.append((f"`{flag}`", _default(option), option.help + more))
    return rows


def _default(option: Option) -> str:
    if option.name in REQUIRED:
        return "needed"
    if option.default is None:
        return "none"
    return "off" if option.default is False else f"`{option.default}`"


def _keys() -> Iterator[tuple[str, ...]]:
    for option in options_in("yaml"):
        also = ", ".join(f"`{key}`" for key in option.aliases)
        yield f"`{option.name}`", also, f"`--{option.flag}`" if "flag" in option.places else option.help


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
