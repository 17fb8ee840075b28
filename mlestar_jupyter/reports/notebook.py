"""A run as a notebook: its magics, results and block cells."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import source_hash
from mlestar_jupyter.core.quoting import literal, markdown, visible
from mlestar_jupyter.options.start import OPTIONS
from mlestar_jupyter.options.values import flag_words
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import written

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from types import ModuleType

    from nbformat import NotebookNode

    from mlestar_jupyter.attempts.result import Result
    from mlestar_jupyter.core.evaluation import Scored
    from mlestar_jupyter.reports.base import RunRecord


def to_notebook(run: RunRecord) -> NotebookNode:
    """Write the run as a notebook that shows its results and runs again from the journal.

    Cells have the metadata that generated cells have: phase, block, candidate and the hash of the source.
    """
    from nbformat import v4, validate

    stages = [*(one.earlier for one in run.more), run.results]
    cells: list[NotebookNode] = [
        v4.new_markdown_cell(f"# {markdown(run.name)}\n\n{markdown(run.task.describe())}."),
        v4.new_code_cell("%load_ext mlestar"),
        v4.new_code_cell(_start_line(run)),
    ]
    for name, result in stages[0].items():
        blocks = _block_cells(v4, run, result.left, result.blocks, result.phase)
        cells += [_phase_cell(v4, name, result, _known(run, name, blocks)), *blocks]
    for one, earlier, later in zip(run.more, stages, stages[1:], strict=False):
        views = [one, *(result for name, result in later.items() if result is not earlier.get(name))]
        is_last = one is run.more[-1]
        blocks = _block_cells(v4, run, run.score, tuple(run.solution.blocks), "run") if is_last else []
        cells += [_cell(v4, f"%mlestar run --more {_time(one.seconds)}", views, _known(run, "run", blocks)), *blocks]
    for number, cell in enumerate(cells):
        cell["id"] = f"mlestar-{number:03d}"
    notebook: NotebookNode = v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    validate(notebook)
    return notebook


def _known(run: RunRecord, phase: str, blocks: Sequence[NotebookNode]) -> dict[str, object]:
    """What a cell knows of the cells that it left."""
    delivered = {cell.metadata["mlestar"]["key"]: cell.metadata["mlestar"]["hash"] for cell in blocks}
    return {"run": run.name, "phase": phase, "delivered": delivered}


def _time(seconds: float) -> str:
    """A time as the magic reads it."""
    if (seconds / 60).is_integer():
        return f"{seconds / 60:.0f}m"
    return f"{seconds:.0f}s" if seconds.is_integer() else f"{seconds!r}s"


def _start_line(run: RunRecord) -> str:
    given = run.arguments
    given["dataset"] = given["dataset"] or run.name
    flags = [words for name, value in given.items() for words in flag_words(OPTIONS[name], value)]
    words = [" ".join([flag, *map(_quoted, values)]) for flag, *values in flags]
    line = "start " + " ".join(words)
    if visible(line) == line:
        return f"%mlestar {line}"
    return f'get_ipython().run_line_magic("mlestar", {literal(line)})'  # a magic's line cannot hold a line break


def _quoted(value: object) -> str:
    """Quote a word as the magic reads it: like a shell's, with braces and dollars that IPython does not expand."""
    return shlex.quote(str(value).replace("{", "{{").replace("}", "}}")).replace("$", "$''")


def _phase_cell(v4: ModuleType, name: str, result: Result, known: Mapping[str, object]) -> NotebookNode:
    usual = PHASES[name].settings().spelled_out()
    lines = [f"%%mlestar {name}", f"# {PHASES[name].summary}"]
    for key, value in result.asked.items():
        plain = tuple(value) if isinstance(value, list) else value
        if plain != getattr(usual, key):
            lines.append(f"{key}: {written(value)}")
    return _cell(v4, "\n".join(lines), [result], known)


def _cell(v4: ModuleType, source: str, results: Sequence[Result], known: Mapping[str, object]) -> NotebookNode:
    views = [result.view() for result in results]
    outputs = [
        v4.new_output("display_data", data={"text/html": view.html(), "text/plain": view.text()}) for view in views
    ]
    cell: NotebookNode = v4.new_code_cell(source, outputs=outputs, metadata={"mlestar": known})
    return cell


def _block_cells(
    v4: ModuleType, run: RunRecord, left: Scored | None, names: Collection[str], phase: str
) -> list[NotebookNode]:
    """The blocks that a step made or changed, as it left them, with the metadata that the extension writes."""
    if left is None:
        return []
    solution = left.candidate.solution
    authors = run.authors_of(solution)
    cells: list[NotebookNode] = []
    for block, text in solution.blocks.items():
        if block in names:
            source = text.rstrip()
            known: dict[str, object] = {
                "run": run.name,
                "phase": phase,
                "key": f"block {block}",
                "hash": source_hash(source),
            }
            known |= {"block": block, "candidate": solution.id, "author": authors[block], "score": left.score}
            cells.append(v4.new_code_cell(source, metadata={"mlestar": known, "tags": ["mlestar-generated"]}))
    return cells
