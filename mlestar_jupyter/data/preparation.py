"""How the rows come about, as plain source for the printed script."""

from __future__ import annotations

from mlestar_jupyter.core.task import Column, Task
from mlestar_jupyter.data.reading import TableSource, quoted
from mlestar_jupyter.data.splits import can_stratify, holdout_size, split_code, split_imports


def preparation_code(source: TableSource, task: Task, test: float | TableSource) -> str:
    """Write as plain source how the rows come about: read, keep, order, encode, split.

    Run, it defines ``development`` and ``holdout``: frames with the rows of the dataset in the same order, the
    column ``TARGET`` holding class codes or numbers.

    The index stays that of the table as read, so that a row can be found in the file again.

    Parameters
    ----------
    source : TableSource
    task : Task
    test : float or TableSource
        As given to `make_dataset`: the share of the holdout, or where it comes from.
    """
    fraction = 0.0 if isinstance(test, TableSource) else float(test)
    imports = (
        "" if isinstance(test, TableSource) else split_imports(fraction, time=task.time, is_grouped=task.is_grouped)
    )
    standard, third = (imports, "") if imports.startswith("import ") else ("", imports)
    parts = [standard + "\n" if standard else "", "import pandas as pd\n", third, f"\nTARGET = {quoted(task.target)}\n"]
    if task.classes:
        parts.append(f"CLASSES = [{', '.join(map(quoted, task.classes))}]  # in the order of their codes\n")
    parts.append(_prepare_code(task))
    if isinstance(test, TableSource):
        parts += [_read_code(test), "holdout = prepare(table)\n", _read_code(source), "development = prepare(table)\n"]
        return "".join(parts)
    parts += [_read_code(source), "table = prepare(table)\n"]
    size = holdout_size(task.n_development + task.n_holdout, fraction)
    n_rows = task.n_development + task.n_holdout
    stratified = task.is_classification and can_stratify(len(task.classes), n_rows - size, size)
    parts.append(
        split_code(fraction, task.seed, stratified=stratified, time=task.time, group=task.group, panel=task.panel)
    )
    return "".join(parts)


def _read_code(source: TableSource) -> str:
    return "".join(f"{line}\n" for line in (f"table = {source.call}", *source.steps))


def _prepare_code(task: Task) -> str:
    """Write the function that keeps, orders and encodes the rows."""
    order = f", in the order of {task.time}" if task.time else ""
    lines = ["", "", "def prepare(table):"]
    if task.classes:
        lines += [
            f'    """Rows of a known class{order}, the target as class codes."""',
            "    table = table[table[TARGET].isin(CLASSES)]",
        ]
    else:
        lines += [
            f'    """Rows with a finite target{order}."""',
            '    table = table[table[TARGET].abs() < float("inf")]',
        ]
    if task.time is not None:
        lines += _order_code(task.time, next(c for c in task.columns if c.name == task.time))
    if task.classes:
        lines.append("    codes = {label: code for code, label in enumerate(CLASSES)}")
        lines.append("    table = table.assign(**{TARGET: table[TARGET].map(codes).astype(int)})")
    return "\n".join([*lines, "    return table", "", "", ""])


def _order_code(time: str, column: Column) -> list[str]:
    name = quoted(time)
    key = ', key=lambda times: pd.to_datetime(times, format="mixed")' if column.stored_as_text else ""
    return [
        f"    table = table.dropna(subset=[{name}])",
        f'    table = table.sort_values({name}{key}, kind="stable")',
    ]
