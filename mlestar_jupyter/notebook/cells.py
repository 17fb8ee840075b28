"""Which cells follow a phase, and how they reach the notebook by what IPython itself offers."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.blocks import block_hash
from mlestar_jupyter.phases.settings import PHASES, PhaseSettings, next_phase

if TYPE_CHECKING:
    from mlestar_jupyter.notebook.session import Session
    from mlestar_jupyter.phases.base import Result
    from mlestar_jupyter.workflow import Workflow


@dataclass(frozen=True)
class Cell:
    """A generated cell: its key (such as ``"block features"``), and its source."""

    key: str
    source: str


def block_cells(workflow: Workflow, result: Result) -> list[Cell]:
    """The cells of the blocks that a phase made or changed, in order."""
    blocks = workflow.solution.blocks if workflow.has_solution else {}
    return [Cell(f"block {name}", blocks[name].rstrip()) for name in blocks if name in result.blocks]


def settings_cell(phase: str, given: dict[str, Any]) -> Cell:
    """The cell of a phase with its settings spelled out; never empty."""
    kind: type[PhaseSettings] = PHASES[phase].settings
    values = asdict(kind()) | given
    lines = [f"%%mlestar {phase}", f"# {PHASES[phase].summary}"]
    for field in fields(kind):
        value = values[field.name]
        if field.name == "max_evaluations" and value is None:
            continue
        lines.append(f"{field.name}: {_yaml(value)}")
    return Cell(f"phase {phase}", "\n".join(lines))


def _yaml(value: Any) -> str:
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(str, value)) + "]"
    return json.dumps(value)


def following_cell(workflow: Workflow, result: Result) -> Cell | None:
    """The settings cell of the phase that comes next."""
    following = next_phase(result.phase)
    if following is None:
        return None
    return settings_cell(following, workflow.defaults.get(following, {}) | result.suggested)


def deliver(session: Session, result: Result) -> None:
    """Leave the cells that follow a phase, once: a replay, or equal cells again, send nothing."""
    workflow = session.need()
    blocks = block_cells(workflow, result)
    following = following_cell(workflow, result)
    cells = [*blocks, *([following] if following else [])]
    mark = block_hash("\n".join(f"{c.key}\n{c.source}" for c in cells))
    if result.replayed or session.delivered.get(result.phase) == mark:
        return
    session.delivered[result.phase] = mark
    cell_id = session.cell_id()
    if cell_id is None:
        return
    if cell_id.startswith("vscode"):
        for cell in reversed(cells):  # each is put right below the running cell
            _send(session, cell.source)
        return
    if blocks:
        _show_blocks(blocks)
    if following is not None:
        _send(session, following.source)


def deliver_next(session: Session, phase: str, given: dict[str, Any]) -> None:
    """Leave the settings cell of a phase."""
    cell = settings_cell(phase, session.need().defaults.get(phase, {}) | given)
    if session.delivered.get("start") == cell.source:
        return
    session.delivered["start"] = cell.source
    if session.cell_id() is not None and not session.need().journal.phases():
        _send(session, cell.source)


def _send(session: Session, source: str) -> None:
    payload = {"source": "set_next_input", "text": source, "replace": False}
    session.shell.payload_manager.write_payload(payload, single=False)


def _show_blocks(cells: list[Cell]) -> None:
    """Show block cells where the front end takes one cell at a time: to copy, or to insert by name."""
    from IPython.display import display

    from mlestar_jupyter.display.view import Section, View
    from mlestar_jupyter.reports.overview import Overview

    names = ", ".join(c.key.removeprefix("block ") for c in cells)
    text = f"The solution's blocks: {names}. To edit one, run `%mlestar insert BLOCK` in a new cell."
    sections = tuple(Section(c.key, code=c.source, folded=True) for c in cells)
    display(Overview(View("Blocks", text, sections)))  # type: ignore[no-untyped-call]
