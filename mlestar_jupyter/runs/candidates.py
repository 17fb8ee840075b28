"""The candidates of a run: those of this session, and those that are on record."""

from __future__ import annotations

from mlestar_jupyter.core.budget import Budget
from mlestar_jupyter.core.evaluation import Evaluation
from mlestar_jupyter.core.journal import RecordedEvaluation
from mlestar_jupyter.errors import SettingError
from mlestar_jupyter.runs.run import Run


class Candidates:
    """What was evaluated."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def of_this_session(self) -> list[Evaluation]:
        """All evaluations of this session, in order."""
        return self._run.listeners.evaluations

    def recorded(self) -> list[RecordedEvaluation]:
        """Evaluations that are on record and were not replayed in this session, in order."""
        known = {e.candidate.id for e in self.of_this_session()}
        found = {
            e.candidate.id: e for e in reversed(self._run.journal.evaluations()) if e.candidate.phase != "confirmation"
        }
        return [e for e in reversed(found.values()) if e.candidate.id not in known]

    def find(self, prefix: str) -> Evaluation:
        """Find an evaluation by the beginning of its candidate's id, the latest of equals.

        Raises
        ------
        SettingError
            When there is none, or more than one candidate fits.
        """
        found = [e for e in self.of_this_session() if e.candidate.id.startswith(prefix)]
        ids = sorted({e.candidate.id for e in found})
        if not ids:
            found, ids = self._find_recorded(prefix)
        if not ids:
            raise SettingError(f"There is no candidate {prefix!r}.", mend="%mlestar tree lists those that there are.")
        if len(ids) > 1:
            raise SettingError(f"{prefix!r} fits {len(ids)} candidates: {', '.join(ids)}.", mend="Give more of the id.")
        return found[-1]

    def _find_recorded(self, prefix: str) -> tuple[list[Evaluation], list[str]]:
        """Candidates of an earlier session, or of steps that were left since, scored from the fits on record.

        Raises
        ------
        SettingError
            When the one that fits cannot be scored without a fit.
        """
        recorded = [e.candidate for e in self.recorded() if e.candidate.id.startswith(prefix)]
        ids = sorted({c.id for c in recorded})
        if len(ids) != 1:
            return [], ids
        evaluator = self._run.evaluator
        if recorded[0].solution.members or evaluator.missing_fits(recorded[0].solution):
            raise SettingError(
                f"The candidate {prefix!r} is of an earlier session, and cannot be scored from the fits on record.",
                mend="Run the cell that made it; %mlestar show shows what is on record.",
            )
        return evaluator.evaluate(recorded[:1], Budget(), at_least=1), ids
