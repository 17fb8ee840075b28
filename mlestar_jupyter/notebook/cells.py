"""Which cells follow a phase, and how they reach the notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.blocks import block_hash
from mlestar_jupyter.display.view import Section, View
from mlestar_jupyter.notebook.frontend import CELLS_MIME
from mlestar_jupyter.phases.registry import PHASES, next_phase
from mlestar_jupyter.phases.settings import PhaseSettings, written

if TYPE_CHECKING:
    from mlestar_jupyter.attempts.result import Result
    from mlestar_jupyter.core.evaluation import Scored
    from mlestar_jupyter.notebook.session import Session
    from mlestar_jupyter.workflow import Workflow


@dataclass(frozen=True)
class Cell:
    """A generated cell.

    Parameters
    ----------
    key : str
        What it is within its batch: ``"block features"``, ``"phase ablation"``.
    source : str
    metadata : dict
        Block, candidate, author and score: they go into the cell's metadata.
    """

    key: str
    source: str
    metadata: dict[str, str | float | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Batch:
    """The cells that one phase or command leaves below its own.

    Parameters
    ----------
    run : str
        Name of the workflow.
    phase : str
        The phase, or the command with what it is about.
    cells : tuple of Cell
    replayed : bool
        Whether it was left before, in this session or an earlier one: front ends that cannot tell what stands already
        get nothing then.
    """

    run: str
    phase: str
    cells: tuple[Cell, ...]
    replayed: bool = False


def block_cells(workflow: Workflow, score: Scored | None, names: Sequence[str]) -> list[Cell]:
    """The cells of some blocks of a scored solution, in the solution's order."""
    if score is None:
        return []
    solution = score.candidate.solution
    authors = workflow.standing.authors_of(solution)
    return [
        Cell(
            f"block {name}",
            source.rstrip(),
            {"block": name, "candidate": solution.id, "author": authors[name], "score": score.score},
        )
        for name, source in solution.blocks.items()
        if name in names
    ]


_UNSAID = ("max_evaluations", "max_latency")
"""Settings that stand in a cell only where they are given."""


def settings_cell(phase: str, given: dict[str, Any]) -> Cell:
    """The cell of a phase with its settings spelled out; never empty."""
    kind: type[PhaseSettings] = PHASES[phase].settings
    values = asdict(kind().spelled_out()) | given
    lines = [f"%%mlestar {phase}", f"# {PHASES[phase].summary}"]
    for setting in fields(kind):
        value = values[setting.name]
        if setting.name in _UNSAID and value is None:
            continue
        lines.append(f"{setting.name}: {written(value)}")
    return Cell(f"phase {phase}", "\n".join(lines))


def phase_batch(workflow: Workflow, result: Result) -> Batch:
    """What stands below a phase: the blocks that it made or changed, then the next phase's settings."""
    cells = block_cells(workflow, result.left, result.blocks)
    following = next_phase(result.phase)
    if following is not None:
        cells.append(settings_cell(following, workflow.defaults.get(following, {}) | result.suggested))
    return Batch(workflow.name, result.phase, tuple(cells), result.replayed)


def start_batch(workflow: Workflow) -> Batch:
    """What stands below the start: the first phase's settings."""
    first = next(iter(PHASES))
    cell = settings_cell(first, workflow.defaults.get(first, {}))
    return Batch(workflow.name, "start", (cell,), workflow.standing.taken_up)


def deliver(session: Session, batch: Batch) -> None:
    """Leave a batch below the cell that ran, in the way that its front end offers.

    Our extension in JupyterLab and Notebook 7 puts in all cells, and knows those that stand already. VS Code takes
    several cells, others one, and nothing tells them what stands already: they get each batch once, and none that
    was replayed. Where cells cannot be put in, the blocks are shown, to be had by name.
    """
    if not batch.cells:
        return
    front = session.frontend
    _show(session, batch, front.cell_id())
    mark = block_hash("\n".join(f"{c.key}\n{c.source}" for c in batch.cells))
    if batch.replayed or session.delivered.get(batch.phase) == mark:
        return
    session.delivered[batch.phase] = mark
    kind = front.kind
    if kind == "vscode":
        for cell in reversed(batch.cells):  # each is put right below the running cell
            _send(session, cell.source)
    elif kind == "colab" or (kind == "jupyterlab" and front.extension == "absent"):
        _send(session, batch.cells[-1].source)


def _send(session: Session, source: str) -> None:
    payload = {"source": "set_next_input", "text": source, "replace": False}
    assert session.shell.payload_manager is not None
    session.shell.payload_manager.write_payload(payload, single=False)


def _show(session: Session, batch: Batch, cell_id: str | None) -> None:
    """Show the cells in the extension's own type, and for all others as folded code with a line on what to do."""
    from IPython.display import display

    content = {
        "v": 1,
        "run": batch.run,
        "phase": batch.phase,
        "cell_id": cell_id,
        "cells": [asdict(cell) for cell in batch.cells],
    }
    line = what_to_do(session, batch)
    view = View("", line, tuple(Section(c.key, code=c.source, folded=True) for c in batch.cells))
    display({CELLS_MIME: content, "text/html": view.html(), "text/plain": line}, raw=True)


def what_to_do(session: Session, batch: Batch) -> str:
    """Say in a line how to go on where the cells were not put in."""
    blocks = [c.key.removeprefix("block ") for c in batch.cells if c.key.startswith("block ")]
    following = [c.key.removeprefix("phase ") for c in batch.cells if c.key.startswith("phase ")]
    parts = []
    if blocks:
        parts.append(f"Blocks: {', '.join(blocks)}; `%mlestar insert BLOCK` puts one into a cell, to edit and run.")
    if following:
        parts.append(f"Next: %%mlestar {following[0]}.")
    if session.frontend.kind in ("headless", "terminal"):
        parts.append("`%mlestar export --format ipynb` writes all cells as a notebook.")
    return " ".join(parts)
