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
    from collections.abc import Mapping
    from types import ModuleType

    from nbformat import NotebookNode

    from mlestar_jupyter.attempts.result import Result
    from mlestar_jupyter.reports.base import RunRecord


def to_notebook(run: RunRecord) -> NotebookNode:
    """Write the run as a notebook that shows its results and runs again from the journal.

    Cells have the metadata that generated cells have: phase, block, candidate and the hash of the source.
    """
    from nbformat import v4, validate

    settings = run.settings
    cells: list[NotebookNode] = [
        v4.new_markdown_cell(f"# {markdown(run.name)}\n\n{markdown(run.task.describe())}."),
        v4.new_code_cell("%load_ext mlestar"),
        v4.new_code_cell(_start_line(run)),
    ]
    for name, result in run.results.items():
        blocks = _block_cells(v4, run, result)
        delivered = {cell.metadata["mlestar"]["key"]: cell.metadata["mlestar"]["hash"] for cell in blocks}
        known = {"run": run.name, "phase": name, "delivered": delivered}
        cells += [_phase_cell(v4, name, settings.get(name, {}), result, known), *blocks]
    for number, cell in enumerate(cells):
        cell["id"] = f"mlestar-{number:03d}"
    notebook: NotebookNode = v4.new_notebook(cells=cells)
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    validate(notebook)
    return notebook


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


def _phase_cell(
    v4: ModuleType, name: str, settings: Mapping[str, object], result: Result, known: Mapping[str, object]
) -> NotebookNode:
    usual = PHASES[name].settings().spelled_out()
    lines = [f"%%mlestar {name}", f"# {PHASES[name].summary}"]
    for key, value in settings.items():
        plain = tuple(value) if isinstance(value, list) else value
        if plain != getattr(usual, key):
            lines.append(f"{key}: {written(value)}")
    view = result.view()
    output = v4.new_output("display_data", data={"text/html": view.html(), "text/plain": view.text()})
    cell: NotebookNode = v4.new_code_cell("\n".join(lines), outputs=[output], metadata={"mlestar": known})
    return cell


def _block_cells(v4: ModuleType, run: RunRecord, result: Result) -> list[NotebookNode]:
    """The blocks that a phase made or changed, as it left them, with the metadata that the extension writes."""
    if result.left is None:
        return []
    solution = result.left.candidate.solution
    authors = run.authors_of(solution)
    cells: list[NotebookNode] = []
    for block, text in solution.blocks.items():
        if block in result.blocks:
            source = text.rstrip()
            known: dict[str, object] = {
                "run": run.name,
                "phase": result.phase,
                "key": f"block {block}",
                "hash": source_hash(source),
            }
            known |= {"block": block, "candidate": solution.id, "author": authors[block], "score": result.left.score}
            cells.append(v4.new_code_cell(source, metadata={"mlestar": known, "tags": ["mlestar-generated"]}))
    return cells
