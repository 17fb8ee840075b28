"""A solution printed as one script that runs where this package is not installed."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Collection
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.contract import Contract
from mlestar_jupyter.core.excerpts import excerpt
from mlestar_jupyter.core.names import with_free_names
from mlestar_jupyter.core.quoting import literal, remark
from mlestar_jupyter.core.rare_classes import FEW_OF_A_CLASS
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.templates import text_templates

if TYPE_CHECKING:
    from jinja2 import Template

_HEAD = '''"""{sentence}.

The solution {solution} of the data {data}, written by mlestar_jupyter; it needs only the packages that it imports.
"""

'''


@dataclass(frozen=True)
class TargetCode:
    """What a script does with the target, as source; lines of functions are indented.

    Parameters
    ----------
    defines : str
        Names that stand at the top, such as ``CLASSES``.
    rows, encoding : str
        In words, which rows are kept, and what becomes of the target.
    keeps, encodes : tuple of str
        Lines by which rows of ``table`` are kept, and their ``TARGET`` is turned into what is learned.
    table : str
        Lines that make a table of predictions from ``model``, ``frame`` and its predicted ``values``.
    check : str
        Lines that refuse rows of ``development``.
    scoring : tuple of (str, str)
        Lines that import or define, and an expression of ``model`` and ``holdout`` that is the score.
    """

    rows: str
    table: str
    scoring: tuple[str, str]
    defines: str = ""
    encoding: str = ""
    keeps: tuple[str, ...] = ()
    encodes: tuple[str, ...] = ()
    check: str = ""


READING = (
    "texts.py", "column.py", "sums.py", "containers.py", "opening.py", "foreign.py", "formats.py", "json_tables.py",
    "workbooks.py", "readers.py", "encodings.py", "dialects.py", "headers.py", "layout.py", "below.py", "delimited.py",
    "frames.py", "spelling.py", "amounts.py", "clocks.py", "quantities.py", "month_names.py", "date_texts.py",
    "dates.py", "values.py", "decimal_marks.py", "labels.py", "remarks.py", "rows.py",
)  # fmt: skip
"""The modules by which rows are read, in the order of their imports."""

_ASKED = (
    "Contract", "Column", "RowsError", ".from_dict", ".read_by", ".read_file", ".read_frame", ".read_known",
    ".read_table", ".lacking", ".check_used",
)  # fmt: skip
"""What a script asks of its reader."""


def solution_script(solution: Solution, task: Task, preparation: str, target: TargetCode) -> str:
    """Print a solution as a script: its blocks, then a short tail that reads, splits, fits and predicts.

    Parameters
    ----------
    solution : Solution
    task : Task
    preparation : str
        Of `preparation_code`.
    target : TargetCode
    """
    sentence = remark(task.describe())
    head = _HEAD.format(sentence=sentence[0].upper() + sentence[1:], solution=solution.id, data=task.data_id[:12])
    tail = _template().render(
        preparation=preparation,
        seed=task.seed % 2**32,
        target=target,
        has_test="def read_test(" in preparation,
        metric_label=task.metric.label,
        rare_classes=FEW_OF_A_CLASS if task.rarest_class * task.n_development < task.folding.count else "",
    )
    blocks = solution.module_source()
    reader = preparation.partition(_BEFORE_READER)[2].partition(_AFTER_READER)[0]
    return head + blocks + with_free_names(tail, blocks, reader)


def reading_source() -> str:
    """Give the source by which rows are read as one module, which runs where this package is not installed."""
    return "\n\n".join(
        re.sub(r"^from mlestar_jupyter.* import (\([^)]*\)|.*)\n", "", text, flags=re.MULTILINE) for text in _texts()
    )


def reader_for(contract: Contract, formats: Collection[str], *, has_test: bool = False) -> str:
    """Give the part of that source which some contract needs, for files of some formats.

    A test table may have numbers that are written in another way.
    """
    columns = [*contract.columns, *([contract.target_column] if contract.target_column else [])]
    kinds = {column.kind for column in columns}
    if contract.function != "read_csv":
        kinds.add("duration")  # a target may be one
    written = {"amount" if column.is_amount else "plain" for column in columns} | ({"amount"} if has_test else set())
    return _reader(frozenset(kinds), frozenset(written), frozenset(formats))


@cache
def _reader(kinds: frozenset[str], written: frozenset[str], formats: frozenset[str]) -> str:
    entries = {"KINDS": kinds, "WRITTEN": written, "READERS": formats, "OWN_READERS": formats}
    return excerpt(_texts(), _ASKED, entries, unwanted=(".read",))  # of rows in memory; files have one too


def rows_code(contract: Contract, formats: Collection[str], *, has_test: bool = False) -> str:
    """Write the contract as plain source: ``CONTRACT`` and ``RowsError``, which need no package of ours.

    Parameters
    ----------
    contract : Contract
    formats : collection of str
        Of the files that are read, as `core.formats` names them.
    has_test : bool
        Whether the holdout is a table of its own.
    """
    given = contract.how_to_read()
    columns = "".join(f"        {literal(column)},\n" for column in given.pop("columns"))
    head = ", ".join(f"{literal(name)}: {literal(value)}" for name, value in given.items())
    return (
        f"\n\n{_BEFORE_READER}{_indented(reader_for(contract, formats, has_test=has_test))}{_AFTER_READER}"
        "CONTRACT = Contract.from_dict(\n"
        f'    {{{head}, "columns": [\n{columns}    ]}}\n'
        ")\n"
    )


_BEFORE_READER, _AFTER_READER = "def rows_reader():\n", "\n\nContract, RowsError = rows_reader()\n"


def _indented(reader: str) -> str:
    source = textwrap.indent(reader, "    ", lambda line: bool(line.strip()))
    return f"{source}\n\n    return Contract, RowsError\n"


def _texts() -> list[str]:
    return [Path(__file__).with_name(name).read_text(encoding="utf-8") for name in READING]


@cache
def _template() -> Template:
    return text_templates(Path(__file__).parent).get_template("script_tail.py.j2")
