"""The files that a run writes on request: the solution as a script, the run as a notebook, the report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from mlestar_jupyter.core.files import not_written, write_text
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import unknown

if TYPE_CHECKING:
    from mlestar_jupyter.runs.standing import Standing


def export(standing: Standing, path: str | Path | None, form: str, script: Callable[[], str]) -> Path:
    """Write the solution as a script (``py``) or the run as a notebook (``ipynb``).

    Raises
    ------
    SettingError
        When there is no such form.
    OutputError
        When the path cannot be written.
    """
    if form not in ("py", "ipynb"):
        raise unknown("format", form, ("py", "ipynb"))
    target = Path(path) if path is not None else standing.output / ("solution.py" if form == "py" else "notebook.ipynb")
    text = script() if form == "py" else _notebook(standing)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise not_written(target, error) from error
    write_text(target, text)
    return target


def _notebook(standing: Standing) -> str:
    import nbformat

    from mlestar_jupyter.reports.notebook import to_notebook

    return str(nbformat.writes(to_notebook(standing)))


def report(standing: Standing) -> Path:
    """Write ``report.html`` and ``report.json``; returns the path of the first."""
    from mlestar_jupyter.reports.document import Reported, write_report

    reported = Reported(
        task=standing.task,
        solution=standing.solution if standing.has_solution else None,
        results=standing.results,
        current={name: standing.is_current(name) for name in standing.results},
        evaluations=standing.candidates(),
        baseline=standing.baseline,
        settings=standing.settings,
        versions=versions(),
        replies=standing.journal.replies(),
        openings=standing.holdout_openings,
    )
    return write_report(standing.output, reported)
