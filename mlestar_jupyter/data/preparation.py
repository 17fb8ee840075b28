"""How the rows come about, as plain source for the printed script."""

from __future__ import annotations

from mlestar_jupyter.core.quoting import literal, remark
from mlestar_jupyter.core.script import TargetCode, rows_code
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.data.formats.registry import FORMATS
from mlestar_jupyter.data.reading import TableSource
from mlestar_jupyter.data.splits import can_stratify, holdout_size, split_code, split_imports


def preparation_code(source: TableSource, task: Task, test: float | TableSource, target: TargetCode) -> str:
    """Write as plain source how the rows come about: read, keep, order, encode, split.

    Run, it defines ``TABLE`` (a path or None), ``read_table(path)`` and ``split(table)``, which returns development
    and holdout: frames with the rows of the dataset in the same order, the column ``TARGET`` holding class codes or
    numbers. Where the holdout is a table of its own, there are ``TEST`` and ``read_test`` too, and ``split`` takes
    both. Nothing is read before it is called.

    The index stays that of the table as read, so that a row can be found in the file again.

    Parameters
    ----------
    source : TableSource
    task : Task
    test : float or TableSource
        As given to `make_dataset`: the share of the holdout, or where it comes from.
    target : TargetCode
    """
    fraction = 0.0 if isinstance(test, TableSource) else float(test)
    standard, third = split_imports(fraction, time=task.time, is_grouped=task.is_grouped)
    parts = [
        standard + "\n" if standard else "",
        *sorted(["import pandas as pd\n", third], key=lambda line: (line.startswith("from"), line)),
        f"\nTARGET = {literal(task.target)}\n",
    ]
    parts += [
        target.defines,
        f"COLUMNS = {literal([c.name for c in task.columns])}\n",
        rows_code(task.contract, _formats(source, test), has_test=isinstance(test, TableSource)),
    ]
    parts += _read_code("table", source, source)
    if isinstance(test, TableSource):
        parts += _read_code("test", test, source)
    # the columns that order the rows and keep them together are needed here, though new rows may lack them
    together = [task.group] if task.group else list(task.panel)
    also = [*([task.time] if task.time else []), *(together if fraction else [])]
    parts += [_prepare_code(task, also, target), _split_code(task, test)]
    return "".join(parts)


def _formats(*given: float | TableSource) -> set[str]:
    """The formats that a script reads: text, parquet, those of its tables, and all where a table was no file."""
    sources = [source for source in given if isinstance(source, TableSource)]
    if any(source.path is None for source in sources):
        return set(FORMATS)
    return {"text", "parquet", *(source.format for source in sources)}


def _read_code(part: str, source: TableSource, table: TableSource) -> list[str]:
    """Write where a table is, and the function that reads it."""
    where = literal(source.path) if source.path is not None else f"None  # it was the DataFrame {remark(source.name)}"
    contract = "CONTRACT"
    if source.path is not None and (source.function, source.options) != (table.function, table.options):
        options = "".join(f", {name}={literal(value)}" for name, value in source.options)
        contract = f"CONTRACT.read_by({literal(source.function)}{options})"
    call = "" if source.path is None else f"# {source.call}\n"  # text in it is quoted: it stays one line
    return [
        f"\n{call}{part.upper()} = {where}\n",
        f"\n\ndef read_{part}(path):\n    return {contract}.read_table(path)\n",
    ]


def _prepare_code(task: Task, also: list[str], target: TargetCode) -> str:
    """Write the function that keeps, orders and encodes the rows."""
    order = f", in the order of {remark(task.time)}" if task.time else ""
    more = f", {literal(also)}" if also else ""
    lines = [
        "def prepare(table):",
        f'    """{target.rows}{order}{target.encoding}."""',
        f"    table, _ = CONTRACT.read_known(table{more})",
        *target.keeps,
    ]
    if task.time is not None:
        lines.append(f"    table = table.dropna(subset=[{literal(task.time)}])")
    lines.append("    if len(table) == 0:")
    lines.append('        raise RowsError("No row has a target that can be used.", "Give a table that has some.")')
    if task.time is not None:
        lines.append(f'    table = table.sort_values({literal(task.time)}, kind="stable")')
    return "\n\n" + "\n".join([*lines, *target.encodes, "    return table", "", "", ""])


def _split_code(task: Task, test: float | TableSource) -> str:
    """Write the function that splits the rows."""
    if isinstance(test, TableSource):
        return "def split(table, test):\n    return prepare(table), prepare(test)\n"
    n_rows = task.n_development + task.n_holdout
    size = holdout_size(n_rows, test)
    stratified = task.form.is_stratified and can_stratify(len(task.classes), n_rows - size, size)
    code = split_code(
        test, task.seed, stratified=stratified, time=task.time, group=task.group, panel=task.panel, gap=task.split.gap
    )
    body = "".join(f"    {line}\n" for line in code.splitlines())
    return f"def split(table):\n    table = prepare(table)\n{body}    return development, holdout\n"
