"""What the extension shows: where the workflow stands, and the help texts."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING

from mlestar_jupyter.core.blocks import source_hash
from mlestar_jupyter.core.evaluation import Scored, best_beside
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import setting_summaries, written
from mlestar_jupyter.reports.states import PhaseState

if TYPE_CHECKING:
    from mlestar_jupyter.core.task import Column
    from mlestar_jupyter.workflow import Workflow

_RUNNING = "▶ running"


@dataclass(frozen=True)
class Progress:
    """How far the running phase is."""

    phase: str
    done: int
    label: str
    elapsed: float


def status_message(workflow: Workflow, progress: Progress | None) -> dict[str, object]:
    """Where the workflow stands, as ``IStatus`` of the protocol."""
    task = workflow.task
    status: dict[str, object] = {
        "run": workflow.name,
        "task": task.describe(),
        "metric": task.metric.label,
        "direction": task.metric.direction,
        "phases": [_phase(state, progress) for state in workflow.phase_states().values()],
        "present": None,
        "best": None,
        "progress": None if progress is None else asdict(progress),
        "timeout": workflow.standing.timeout,
        "seconds_left": _seconds_left(workflow, progress),
        "blocks": [],
    }
    if workflow.has_solution:
        score = workflow.score
        best = best_beside(score, workflow.candidates(), task.metric)
        status["present"] = _scored(score)
        status["best"] = None if best is score else _scored(best)
        authors = workflow.standing.block_authors
        status["blocks"] = [
            {
                "block": name,
                "hash": source_hash(source.rstrip()),
                "candidate": workflow.solution.id,
                "score": score.score,
                "author": authors[name],
            }
            for name, source in workflow.solution.blocks.items()
        ]
    return {"type": "status", "status": status}


def _scored(score: Scored) -> dict[str, str | float]:
    return {"id": score.candidate.id, "label": score.candidate.label, "score": score.score}


def _phase(phase: PhaseState, progress: Progress | None) -> dict[str, str | None]:
    """How a phase stands, with mark and word: no front end tells it by colour alone."""
    running = progress is not None and progress.phase == phase.name
    mark, _, word = (_RUNNING if running else phase.word).partition(" ")
    summary = PHASES[phase.name].summary if running else phase.summary
    return {
        "name": phase.name, "state": "running" if running else phase.state, "mark": mark, "word": word,
        "summary": summary, "about": None if running else phase.about,
    }  # fmt: skip


def _seconds_left(workflow: Workflow, progress: Progress | None) -> float | None:
    limit = workflow.standing.seconds_limit
    if limit is None:
        return None
    running = 0.0 if progress is None else progress.elapsed
    return max(0.0, limit - workflow.standing.seconds_spent - running)


def help_message(workflow: Workflow | None) -> dict[str, object]:
    """Plain sentences by name, from the registries that feed help and completion, as ``IHelp`` of the protocol."""
    from mlestar_jupyter.notebook.commands import COMMANDS, flags_of

    settings = {
        name: {
            f.name: f"{summaries[f.name]} Default: {written(f.default)}."
            for summaries in [setting_summaries(phase.settings)]
            for f in fields(phase.settings)
        }
        for name, phase in PHASES.items()
    }
    columns = {} if workflow is None else {c.name: _column(c) for c in workflow.task.columns}
    return {
        "type": "help",
        "help": {
            "commands": {name: f"{command.usage}: {command.summary}" for name, command in COMMANDS.items()},
            "flags": {f"--{o.flag}": f"{o.takes}: {o.help}" for command in COMMANDS for o in flags_of(command)},
            "settings": settings,
            "columns": columns,
        },
    }


def _column(column: Column) -> str:
    from mlestar_jupyter.modalities.registry import modality_of

    return f"{modality_of(column).word}, {column.n_unique:,} distinct values, {column.missing:.1%} missing"
