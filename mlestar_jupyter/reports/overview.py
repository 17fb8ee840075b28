"""Where a workflow stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.environment import doubled_packages
from mlestar_jupyter.modalities.registry import modality_of
from mlestar_jupyter.phases.validation.result import ValidationResult

if TYPE_CHECKING:
    from mlestar_jupyter.reports.base import RunRecord


@dataclass(repr=False, eq=False)
class Overview(Viewed):
    """A view that was made beforehand."""

    content: View

    def view(self) -> View:
        """The view."""
        return self.content

    @property
    def table(self) -> pd.DataFrame | None:
        """The first table, if there is one."""
        return next((s.table for s in self.content.sections if s.table is not None), None)


def status(run: RunRecord) -> Overview:
    """Say where the workflow stands."""
    task = run.task
    rows = []
    for state in (*run.phase_states().values(), *run.more_states()):
        rows.append({"phase": state.name, "": state.word, "solution": state.about or "", "what": state.summary})
    sections = [Section("Phases", table=pd.DataFrame(rows))]
    notices = [*doubled_packages(), *run.notices, *task.notices]
    if notices:
        sections.insert(0, Section("Noticed", lines=tuple(("info", n) for n in notices)))
    columns = pd.DataFrame(
        [
            {"column": c.name, "role": modality_of(c).word, "distinct": c.n_unique, "missing": f"{c.missing:.1%}"}
            for c in task.columns
        ]
    )
    sections.append(Section(f"Columns ({len(task.columns)})", table=columns, folded=True))
    by = ", ".join(dict.fromkeys(reason for reason, _ in run.journal.events("holdout opened")))
    opened = counted(run.holdout_openings, "time") + (f" ({by})" if by else "")
    summary = f"{task.describe()}. Output: {run.output}. Holdout opened {opened}.{_selected(run)}{_on_record(run)}"
    for detail, _ in run.journal.events("final rows")[-1:]:
        summary += f" {detail[0].upper()}{detail[1:]}."
    if run.llm is not None:
        from mlestar_jupyter.reports.calls import Spent

        summary += f" Chat model: {run.llm.model}, {Spent.of(run.journal.replies()).words}."
    if run.has_solution:
        score = run.score
        summary += (
            f" Present: {score.candidate.label} ({score.candidate.id}), {task.metric.label} {number(score.score)}."
        )
    return Overview(View(f"Workflow {run.name}", summary, tuple(sections)))


def _selected(run: RunRecord) -> str:
    """Say whether the holdout's score was used for selection."""
    validation = run.results.get("validation")
    looks = validation.looks if isinstance(validation, ValidationResult) else None
    return f" {looks.sentence(run.task.metric)}" if looks is not None and looks.chose else ""


def _on_record(run: RunRecord) -> str:
    """What an earlier session left, and how to go on with it."""
    recorded = [name for name, state in run.phase_states().items() if state.state == "recorded"]
    if not recorded:
        if run.has_other_record:
            return (
                " The folder has a record that was made with other start options (chat model, online, sample, or a "
                "time limit that changes the sample). It is not replayed, but no fit of the same blocks is made again."
            )
        return ""
    listed = ", ".join(recorded)
    if run.made_by is not None:
        return (
            f" On record, made by {run.made_by}: {listed}. Its figures can be read (status, tree, show); "
            "to fit anew with the present code, add --refit to the start line."
        )
    return f" On record: {listed}. Running the cells again replays them without a fit; so does %mlestar resume."
