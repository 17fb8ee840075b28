"""Where a workflow stands: plan, status, tree of candidates, one candidate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from mlestar_jupyter.core.evaluation import Scored
from mlestar_jupyter.display.numbers import counted
from mlestar_jupyter.display.view import Section, View, Viewed
from mlestar_jupyter.environment import doubled_packages
from mlestar_jupyter.phases.ablation.settings import AblationSettings
from mlestar_jupyter.phases.ensemble.settings import EnsembleSettings
from mlestar_jupyter.phases.foundation.settings import FoundationSettings
from mlestar_jupyter.phases.refinement.settings import RefinementSettings
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.phases.settings import read_settings

if TYPE_CHECKING:
    from mlestar_jupyter.runs.standing import Standing


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


def evaluations_ahead(
    workflow: Standing, given: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, tuple[int, int, str]]:
    """Candidates and fits of each phase at its settings, and what they are.

    Parameters
    ----------
    given : mapping of str to dict, optional
        Settings by phase; by default those of the run.
    """
    given = {name: workflow.defaults.get(name, {}) for name in PHASES} | dict(given or {})
    folds = len(workflow.score.fold_scores) if workflow.has_solution else 5
    foundation = read_settings(FoundationSettings, given["foundation"])
    ablation = read_settings(AblationSettings, given["ablation"])
    refinement = read_settings(RefinementSettings, given["refinement"])
    ensemble = read_settings(EnsembleSettings, given["ensemble"])
    replaced = len([b for b in ablation.blocks if b != "validation"])
    tries = refinement.iterations * refinement.attempts
    return {
        "search": (0, 0, "ranks the shipped approaches"),
        "foundation": (foundation.candidates, foundation.candidates * folds, "baselines and searched approaches"),
        "ablation": (
            replaced + 2,
            ((replaced + 1) * ablation.repeats + 1) * folds,
            f"{replaced} blocks replaced, {ablation.repeats} repeats at most, and plain k-fold",
        ),
        "refinement": (
            tries,
            (tries + 4 * refinement.iterations) * folds,
            f"{refinement.attempts} variants of {refinement.iterations} blocks each, the best confirmed on fresh folds",
        ),
        "ensemble": (len(ensemble.strategies), 0, "combinations of predictions that are there: no fit of a member"),
        "validation": (1, 1 + 2 * folds, "the holdout, and the whole pipeline on shuffled targets"),
        "deployment": (0, 1, "one fit on all rows; the service is started and asked"),
    }


def plan(workflow: Standing) -> Overview:
    """Say what each phase will evaluate, and about how long it takes."""
    known = [e for e in workflow.candidates() if isinstance(e, Scored)]
    per_fit = sum(e.fit_seconds + e.predict_seconds for e in known) / max(1, sum(len(e.fold_scores) for e in known))
    limits = workflow.seconds_ahead or {}
    rows = []
    for name, (candidates, fits, what) in evaluations_ahead(workflow).items():
        done = name in workflow.results
        estimate = "" if not known else f"{fits * per_fit / workflow.workers:.0f}"
        rows.append(
            {
                "phase": name,
                "evaluates at most": f"{candidates} candidates, {fits} fits" if fits else what,
                "what": what if fits else "",
                "about (s)": "done" if done else estimate,
                "at most (s)": f"{limits[name]:.0f}" if name in limits else "",
            }
        )
    time = "No time limit" if workflow.timeout is None else f"Time limit {workflow.timeout:.0f} s for all phases"
    speed = (
        f"estimates from {per_fit:.2f} s a fit, as measured so far"
        if known
        else "estimates come after foundation, when fits have been timed"
    )
    summary = f"{time}; {speed}; {workflow.workers} workers."
    return Overview(View("Plan", summary, (Section(table=pd.DataFrame(rows)), *_of_the_model(workflow))))


def _of_the_model(workflow: Standing) -> tuple[Section, ...]:
    """Calls, tokens and money that the phases to come take with a chat model."""
    if workflow.llm is None:
        return ()
    from mlestar_jupyter.reports.calls import money
    from mlestar_jupyter.reports.calls_ahead import calls_ahead, cost, tokens_of_roles

    each, price = tokens_of_roles(workflow.journal.replies()), workflow.price
    rows, sums = [], [0.0, 0.0, 0.0]
    for name, ahead in calls_ahead(workflow.defaults).items():
        if name in workflow.results:
            continue
        tokens, calls = ahead.tokens(each), ahead.calls.total()
        sums = [sums[0] + calls, sums[1] + tokens[0], sums[2] + tokens[1]]
        row = {"phase": name, "calls, about": calls, "at most": ahead.most.total()}
        rows.append(row | {"tokens in": round(tokens[0]), "out": round(tokens[1]), "USD": cost(tokens, price)})
    text = (
        f"{workflow.llm.model}: about {sums[0]:.0f} calls, {sums[1]:,.0f} + {sums[2]:,.0f} tokens, "
        f"{money(cost((sums[1], sums[2]), price))}, for what is to come."
    )
    if workflow.llm.max_cost is not None:
        text += f" It stops at {money(workflow.llm.max_cost)}."
    return (Section("The chat model", text, pd.DataFrame(rows) if rows else None),)


def status(workflow: Standing) -> Overview:
    """Say where the workflow stands."""
    task = workflow.task
    rows = []
    for name, state in workflow.phase_states().items():
        rows.append({"phase": name, "": state.word, "solution": state.about or "", "what": state.summary})
    sections = [Section("Phases", table=pd.DataFrame(rows))]
    notices = [*doubled_packages(), *workflow.notices, *task.notices]
    if notices:
        sections.insert(0, Section("Noticed", lines=tuple(("info", n) for n in notices)))
    columns = pd.DataFrame(
        [
            {"column": c.name, "role": c.role, "distinct": c.n_unique, "missing": f"{c.missing:.1%}"}
            for c in task.columns
        ]
    )
    sections.append(Section(f"Columns ({len(task.columns)})", table=columns, folded=True))
    by = ", ".join(dict.fromkeys(reason for reason, _ in workflow.journal.events("holdout opened")))
    opened = counted(workflow.holdout_openings, "time") + (f" ({by})" if by else "")
    summary = f"{task.describe()}. Output: {workflow.output}. Holdout opened {opened}.{_on_record(workflow)}"
    for detail, _ in workflow.journal.events("final rows")[-1:]:
        summary += f" {detail[0].upper()}{detail[1:]}."
    if workflow.llm is not None:
        from mlestar_jupyter.reports.calls import Spent

        summary += f" Chat model: {workflow.llm.model}, {Spent.of(workflow.journal.replies()).words}."
    if workflow.has_solution:
        score = workflow.score
        summary += f" Present: {score.candidate.label} ({score.candidate.id}), {task.metric.label} {score.score:.4g}."
    return Overview(View(f"Workflow {workflow.name}", summary, tuple(sections)))


def _on_record(workflow: Standing) -> str:
    """What an earlier session left, and how to go on with it."""
    recorded = [name for name, state in workflow.phase_states().items() if state.state == "recorded"]
    if not recorded:
        if workflow.has_other_record:
            return (
                " The folder has a record that was made with other start options (chat model, online, sample, or a "
                "time limit that changes the sample). It is not replayed, but no fit of the same blocks is made again."
            )
        return ""
    listed = ", ".join(recorded)
    if workflow.made_by is not None:
        return (
            f" On record, made by version {workflow.made_by}: {listed}. Its figures can be read (status, tree, show); "
            "to fit anew with this version, add --refit to the start line."
        )
    return f" On record: {listed}. Running the cells again replays them without a fit; so does %mlestar resume."
