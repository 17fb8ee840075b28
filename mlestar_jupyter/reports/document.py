"""The report of a run: ``report.html`` to read, ``report.json`` to compute with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.files import write_text
from mlestar_jupyter.core.journal import ReplyRecord
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.core.texts import counted
from mlestar_jupyter.display.numbers import number
from mlestar_jupyter.display.rendering import render
from mlestar_jupyter.phases.deployment.result import DeploymentResult, RefusedResult
from mlestar_jupyter.phases.more.result import MoreResult
from mlestar_jupyter.phases.validation.result import ValidationResult
from mlestar_jupyter.phases.validation.verdict import Verdict
from mlestar_jupyter.reports.attribution import Attribution, attribution
from mlestar_jupyter.reports.verdict import Gates, gates_of

if TYPE_CHECKING:
    from mlestar_jupyter.attempts.result import Result

_TEMPLATES = Path(__file__).parent / "templates"
SCHEMA = 2


@dataclass(frozen=True, eq=False)
class Reported:
    """What a report is about.

    Parameters
    ----------
    task : Task
    solution : Solution or None
        The present one.
    results : mapping of str to Result
        The latest of each phase.
    current : mapping of str to bool
        Whether each is about the present solution.
    evaluations : sequence of Scored or Failed
    baseline : Scored or None
    settings : mapping of str to dict
        By phase.
    versions : mapping of str to str
    replies : sequence of ReplyRecord
        Of the chat model.
    more : sequence of MoreResult
        What came of the times that were given beyond the limit.
    openings : int
        How often the holdout was looked at.
    """

    task: Task
    solution: Solution | None
    results: Mapping[str, Result]
    current: Mapping[str, bool]
    evaluations: Sequence[Evaluation]
    baseline: Scored | None
    settings: Mapping[str, object]
    versions: Mapping[str, str]
    replies: Sequence[ReplyRecord] = ()
    openings: int = 0
    more: Sequence[MoreResult] = ()

    @property
    def gates(self) -> Gates:
        """Those of the present solution."""
        return gates_of(self.results, self.current)

    @property
    def validation(self) -> ValidationResult | None:
        """That of the present solution."""
        found = self.results.get("validation")
        return found if isinstance(found, ValidationResult) and self.current["validation"] else None


def write_report(output: Path, reported: Reported) -> Path:
    """Write both reports into a folder.

    Returns
    -------
    Path
        Of ``report.html``.

    Raises
    ------
    OutputError
        When the folder cannot be written.
    """
    r = reported
    gained = attribution(r.evaluations, r.solution, r.baseline, r.task.metric, r.replies)
    content = _content(r) | {"who_gained_what": gained.to_dict()}
    page = output / "report.html"
    write_text(output / "report.json", json.dumps(_finite(content), indent=2, default=str, allow_nan=False))
    write_text(page, _page(content, r, gained))
    return page


def reported_about(path: Path) -> tuple[str, dict[str, tuple[object, object]]] | None:
    """Which solution a ``report.json`` is about, and for each phase that of its result and whether it is current.

    None where that cannot be read.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        phases = {name: (phase["about"], phase["current"]) for name, phase in content["phases"].items()}
        return str(content["about"]), phases
    except (OSError, ValueError, AttributeError, KeyError, TypeError):
        return None


def _content(r: Reported) -> dict[str, Any]:
    task, validation = r.task, r.validation
    judged = {} if validation is None else validation.to_dict()
    return {
        "schema": SCHEMA,
        "about": None if r.solution is None else r.solution.id,
        "task": {
            "target": task.target, "problem": task.problem, "metric": task.metric.name, "classes": list(task.classes),
            "time": task.time, "group": task.group, "seed": task.seed, "rows": task.n_development,
            "split": str(task.split), "rows_aside": task.n_aside,
            "rows_compared": task.n_compared, "holdout_rows": task.n_holdout, "data_id": task.data_id,
        },
        "metric": {"name": task.metric.label, "direction": task.metric.direction},
        "verdict": Verdict(tuple(r.gates)).word,
        "gates": [g.to_dict() for g in r.gates],
        "findings": judged.get("findings", []),
        "holdout_openings": r.openings,
        "solution": None if r.solution is None else {"id": r.solution.id, "blocks": dict(r.solution.sources)},
        "candidates": [_candidate(e) for e in r.evaluations],
        "phases": {
            name: {**result.to_dict(), "about": result.about, "current": r.current[name]}
            for name, result in r.results.items()
        },
        "more_time": [given.to_dict() for given in r.more],
        "settings": dict(r.settings),
        "versions": dict(r.versions),
    }  # fmt: skip


def _candidate(evaluation: Evaluation) -> dict[str, object]:
    c = evaluation.candidate
    known: dict[str, object] = {
        "id": c.id,
        "label": c.label,
        "phase": c.phase,
        "author": c.author,
        "reason": c.reason,
        "parent": c.parent,
    }
    if isinstance(evaluation, Failed):
        return known | {"score": None, "failed": evaluation.reason}
    return known | {
        "score": evaluation.score, "failed": None, "fold_scores": list(evaluation.fold_scores),
        "row_ms": evaluation.row_ms, "rows_per_second": evaluation.rows_per_second,
    }  # fmt: skip


def _verdict(r: Reported) -> str:
    """What the page is headed by: the verdicts on the present solution, or that there is none."""
    if r.solution is None:
        return "There is no solution yet."
    deployment = r.results.get("deployment")
    is_present = "deployment" in r.current and r.current["deployment"]
    state = f" {deployment.state}." if is_present and isinstance(deployment, DeploymentResult | RefusedResult) else ""
    if r.validation is not None:
        return f"{Verdict(tuple(r.gates)).sentence}{state}"
    earlier = "; the validation below is of another one" if "validation" in r.results else ""
    return f"The solution {r.solution.id} was not validated{earlier}.{state}"


def _page(content: Mapping[str, Any], r: Reported, gained: Attribution) -> str:
    settings = json.dumps({"versions": content["versions"], "settings": content["settings"]}, indent=2, default=str)
    return render(
        "report.html.j2",
        _TEMPLATES,
        title=f"MLE-STAR report: {r.task.target}",
        verdict=_verdict(r),
        sentence=r.task.describe(),
        data_id=r.task.data_id[:12],
        openings=counted(r.openings, "time"),
        views={name: result.view().html() for name, result in r.results.items()},
        more=[given.view().html() for given in r.more],
        about={name: result.about for name, result in r.results.items()},
        current=r.current,
        gained=gained.view().html(),
        number=number,
        identifier="" if r.solution is None else r.solution.id,
        blocks={} if r.solution is None else dict(r.solution.sources),
        candidates=content["candidates"],
        settings=settings,
    )


def _finite(value: object) -> object:
    """Plain JSON values: NaN and infinities, which JSON has not, become null."""
    if isinstance(value, Mapping):
        return {str(k): _finite(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(v) for v in value]
    if hasattr(value, "item") and not isinstance(value, (str, bytes)):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
