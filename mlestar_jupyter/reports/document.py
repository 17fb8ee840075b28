"""The report of a run: ``report.html`` to read, ``report.json`` to compute with."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlestar_jupyter.core.evaluation import Evaluation, Failed, Scored
from mlestar_jupyter.core.journal import ReplyRecord
from mlestar_jupyter.core.solution import Solution
from mlestar_jupyter.core.task import Task
from mlestar_jupyter.errors import OutputError
from mlestar_jupyter.reports.attribution import Attribution, attribution

if TYPE_CHECKING:
    from mlestar_jupyter.phases.base import Result
from mlestar_jupyter.phases.deployment import DeploymentResult

SCHEMA = 1


def write_report(
    output: Path,
    *,
    task: Task,
    versions: Mapping[str, str],
    settings: Mapping[str, Any],
    results: Mapping[str, Result],
    evaluations: Sequence[Evaluation],
    solution: Solution | None,
    baseline: Scored | None = None,
    replies: Sequence[ReplyRecord] = (),
) -> Path:
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
    gained = attribution(evaluations, solution, baseline, task.metric, replies)
    content = _content(task, versions, settings, results, evaluations, solution)
    content["who_gained_what"] = gained.to_dict()
    page = output / "report.html"
    try:
        text = json.dumps(_finite(content), indent=2, default=str, allow_nan=False)
        (output / "report.json").write_text(text, encoding="utf-8")
        page.write_text(_page(content, task, results, solution, gained), encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"The report cannot be written to {output} ({error.strerror}).",
            mend="Free the folder or choose another --output.",
        ) from error
    return page


def _content(
    task: Task,
    versions: Mapping[str, str],
    settings: Mapping[str, Any],
    results: Mapping[str, Result],
    evaluations: Sequence[Evaluation],
    solution: Solution | None,
) -> dict[str, Any]:
    phases = {name: result.to_dict() for name, result in results.items()}
    validation = phases.get("validation", {})
    return {
        "schema": SCHEMA,
        "task": {
            "target": task.target, "problem": task.problem, "metric": task.metric.name, "classes": list(task.classes),
            "time": task.time, "group": task.group, "seed": task.seed, "rows": task.n_development,
            "rows_compared": task.n_compared, "holdout_rows": task.n_holdout, "data_id": task.data_id,
        },
        "metric": {"name": task.metric.label, "direction": task.metric.direction},
        "verdict": validation.get("verdict", "not validated"),
        "gates": validation.get("gates", []),
        "findings": validation.get("findings", []),
        "solution": None if solution is None else {"id": solution.id, "blocks": dict(solution.sources)},
        "candidates": [_candidate(e) for e in evaluations],
        "phases": phases,
        "settings": dict(settings),
        "versions": dict(versions),
    }  # fmt: skip


def _candidate(evaluation: Evaluation) -> dict[str, Any]:
    c = evaluation.candidate
    known = {"id": c.id, "label": c.label, "phase": c.phase, "author": c.author, "reason": c.reason, "parent": c.parent}
    if isinstance(evaluation, Failed):
        return known | {"score": None, "failed": evaluation.reason}
    return known | {"score": evaluation.score, "failed": None, "fold_scores": list(evaluation.fold_scores)}


def _verdict(of_validation: str, results: Mapping[str, Result]) -> str:
    """What the page is headed by: the verdict of validation, and whether the service that was built can be deployed."""
    deployment = results.get("deployment")
    return f"{of_validation} {deployment.state}." if isinstance(deployment, DeploymentResult) else of_validation


def _page(
    content: Mapping[str, Any],
    task: Task,
    results: Mapping[str, Result],
    solution: Solution | None,
    gained: Attribution,
) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    loader = FileSystemLoader(Path(__file__).parent / "templates")
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=True)
    settings = json.dumps({"versions": content["versions"], "settings": content["settings"]}, indent=2, default=str)
    return environment.get_template("report.html.j2").render(
        title=f"MLE-STAR report: {task.target}",
        verdict=_verdict(content["verdict"], results),
        sentence=task.describe(),
        views={name: result.view().html() for name, result in results.items()},
        gained=gained.view().html(),
        identifier="" if solution is None else solution.id,
        blocks={} if solution is None else dict(solution.sources),
        candidates=content["candidates"],
        settings=settings,
    )


def _finite(value: Any) -> Any:
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
