"""The files of a run: the solution as a script, the run as a notebook, the report."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mlestar_jupyter.core.files import is_unedited, not_written, sealed, write_text
from mlestar_jupyter.core.threshold import with_threshold
from mlestar_jupyter.environment import versions
from mlestar_jupyter.errors import SettingError, unknown
from mlestar_jupyter.options.kinds import home
from mlestar_jupyter.phases.registry import PHASES
from mlestar_jupyter.problems.source import preparation_code, solution_script
from mlestar_jupyter.reports.document import Reported, reported_about, write_report
from mlestar_jupyter.runs.run import Run
from mlestar_jupyter.runs.standing import Standing


class Files:
    """What a run writes into its folder, and on request elsewhere."""

    def __init__(self, run: Run, standing: Standing) -> None:
        self._run = run
        self._standing = standing
        self._waits = False

    @contextmanager
    def written_once(self) -> Iterator[None]:
        """Bring files up to date at the end of several steps alone, be they stopped or not."""
        self._waits = True
        try:
            yield
        finally:
            self._waits = False
            self.update()

    def report(self) -> Path:
        """Write ``report.html`` and ``report.json``; returns the path of the first."""
        standing = self._standing
        standing.journal.check_open()
        reported = Reported(
            task=standing.task,
            solution=standing.solution if standing.has_solution else None,
            results=standing.results,
            current={name: standing.is_current(name) for name in standing.results},
            evaluations=standing.candidates(),
            baseline=self._run.state.baseline,
            settings=standing.settings,
            versions=versions(),
            replies=standing.journal.replies(),
            openings=standing.holdout_openings,
            more=standing.more,
        )
        return write_report(standing.output, reported)

    def export(self, path: str | Path | None, form: str) -> Path:
        """Write the solution as a script (``py``) or the run as a notebook (``ipynb``).

        Raises
        ------
        SettingError
            When there is no such form.
        OutputError
            When the path cannot be written.
        """
        if path is None:
            self._run.journal.check_open()
        if form not in ("py", "ipynb"):
            raise unknown("format", form, ("py", "ipynb"))
        usual = self._run.output / ("solution.py" if form == "py" else "notebook.ipynb")
        target = usual if path is None else Path(home(str(path)))
        if str(target).startswith("~"):
            raise SettingError(
                f"The path {str(path)!r} is in the folder of a user that there is not.", mend=f"Write {f'./{path}'!r}."
            )
        text = self._script() if form == "py" else self._notebook()
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise not_written(target, error) from error
        write_text(target, text)
        return target

    def _notebook(self) -> str:
        import nbformat

        from mlestar_jupyter.reports.notebook import to_notebook

        return str(nbformat.writes(to_notebook(self._standing)))

    def _script(self) -> str:
        opened = self._run.opened
        rows, score = self._run.evaluator.dataset.development, self._standing.score
        task = with_threshold(self._run.task, rows.y, score.predictions)
        preparation = preparation_code(opened.source, task, opened.test)
        return sealed(solution_script(self._standing.solution, task, preparation))

    def may_write(self, path: Path, phase: str, holds_other: Callable[[], bool]) -> bool:
        """Whether a phase is to write a file: what is done again writes one that is missing or of another solution.

        A service that the record builds again later is left to that, since a final fit stands behind it.
        """
        run = self._run
        if run.is_resuming or not run.is_replay:
            return not run.is_resuming
        is_left = phase == "deployment" and not run.is_restoring and run.chain.goes_on(run.openings.token, phase)
        return not path.exists() or (not is_left and holds_other())

    def update(self) -> None:
        """Write the script, and the report where there is one or a verdict; what is done again mends what is false."""
        run = self._run
        if run.state.solution is None or run.is_resuming or self._waits:
            return
        script, report, text = run.output / "solution.py", run.output / "report.json", self._script()
        if not run.is_replay or not script.exists() or (is_unedited(script) and script.read_text("utf-8") != text):
            write_text(script, text)
        is_judged = any(PHASES[name].is_verdict for name in run.state.results)
        if run.is_replay:
            identifier, phases = reported_about(report) or ("", {})
            is_false = is_judged and (
                identifier != run.state.solution.id or not self._about().items() <= phases.items()
            )
        else:
            is_false = is_judged or report.exists()
        if is_false:
            self.report()

    def _about(self) -> dict[str, tuple[object, object]]:
        """Which solution each result is about, and whether that is the present one."""
        standing = self._standing
        return {name: (result.about, standing.is_current(name)) for name, result in standing.results.items()}
